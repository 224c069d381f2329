"""Access keys on the command line: printed once, confined to what was said, refused where that makes no sense."""

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest

from tests.installation import Installation, running


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("installation"), "--no-demo", "--workers", "0") as installation:
        yield installation


def listed(installation: Installation) -> list[dict[str, object]]:
    headers = {"Authorization": f"Bearer {installation.owner_key}"}
    answer = httpx.get(f"{installation.origin}/v1/keys", headers=headers, trust_env=False)
    keys: list[dict[str, object]] = answer.raise_for_status().json()["keys"]
    return keys


def test_a_key_works_and_its_token_stands_alone_on_standard_output(installation: Installation) -> None:
    done = installation.run("keys", "create", "--role", "auditor", "--name", "Anna")

    headers = {"Authorization": f"Bearer {done.stdout.strip()}"}
    assert httpx.get(f"{installation.origin}/v1/programs", headers=headers, trust_env=False).status_code == 200
    assert done.stdout.count("\n") == 1
    assert "shown this once" in done.stderr


def test_a_key_is_confined_and_expires_as_it_was_said(installation: Installation) -> None:
    headers = {"Authorization": f"Bearer {installation.owner_key}"}
    with httpx.Client(base_url=installation.origin, headers=headers, trust_env=False) as http:
        program = http.post("/v1/programs", json={"name": "P", "time_zone": "UTC"}).json()["id"]
        shop = http.post(f"/v1/programs/{program}/shops", json={"code": "S", "name": "S"}).json()["id"]

    words = ["keys", "create", "--role", "terminal", "--name", "till 1", "--shop", shop, "--expires-days", "30"]
    installation.run(*words)

    [till] = [key for key in listed(installation) if key["name"] == "till 1"]
    assert (till["role"], till["program_id"], till["shop_id"]) == ("terminal", program, shop)
    assert till["expires_at"] is not None


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--role", "boss", "--name", "N"], "there is no role boss; there are: owner, "),
        (["--role", "erp", "--name", "N", "--program", str(UUID(int=0))], "There is nothing here"),
        (["--role", "erp", "--name", "N", "--shop", str(UUID(int=0))], "There is nothing here"),
    ],
)
def test_a_key_for_nobody_or_nothing_is_refused(installation: Installation, words: list[str], refusal: str) -> None:
    done = installation.run("keys", "create", *words)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"naparnik: {refusal}")


def test_a_person_is_let_in_by_the_password_that_stands_alone_on_standard_output(installation: Installation) -> None:
    done = installation.run("staff", "hire", "--login", "anna", "--name", "Anna", "--role", "auditor")
    again = installation.run("staff", "hire", "--login", "anna", "--name", "Anna", "--role", "boss")

    said = {"login": "anna", "password": done.stdout.strip()}
    with httpx.Client(base_url=installation.origin, headers={"Origin": installation.origin}, trust_env=False) as http:
        answers = [http.post("/staff/login", data=said), http.get("/staff/me")]
    assert [answer.status_code for answer in answers] == [303, 200]
    assert (again.returncode, again.stdout) == (1, "")
    assert "role" in again.stderr
