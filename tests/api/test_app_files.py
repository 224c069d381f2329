import gzip
from pathlib import Path

import httpx
import pytest

from api import app_files

SCRIPT = b"export const scanned = 'paid';\n" * 40
HASHED = "assets/index-Bd3_x9Qz.js"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build of the app: a page, and a script in two forms."""
    monkeypatch.setattr(app_files, "FOLDER", tmp_path / "app")
    (tmp_path / "app" / "assets").mkdir(parents=True)
    (tmp_path / "app" / "index.html").write_text("<!doctype html><title>Напарник</title>")
    (tmp_path / "app" / HASHED).write_bytes(SCRIPT)
    (tmp_path / "app" / f"{HASHED}.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "secret").write_text("not for everybody")
    return tmp_path / "app"


async def test_the_address_of_the_app_is_its_page_under_a_strict_policy(http: httpx.AsyncClient, site: Path) -> None:
    answer = await http.get("/app/")

    assert "Напарник" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "http" not in policy


async def test_the_address_without_its_slash_leads_to_it(http: httpx.AsyncClient, site: Path) -> None:
    answer = await http.get("/app")

    assert (answer.status_code, answer.headers["location"]) == (308, "/app/")


async def test_a_file_leaves_in_the_form_that_is_taken_and_is_kept(http: httpx.AsyncClient, site: Path) -> None:
    packed = await http.get(f"/app/{HASHED}", headers={"Accept-Encoding": "br, gzip"})
    plain = await http.get(f"/app/{HASHED}", headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(SCRIPT) / 4
    assert packed.content == plain.content == SCRIPT
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-type"].startswith("text/javascript")
    assert "immutable" in packed.headers["cache-control"]
    assert packed.headers["etag"] != plain.headers["etag"]


async def test_who_has_a_file_already_is_told_so(http: httpx.AsyncClient, site: Path) -> None:
    first = await http.get("/app/")

    again = await http.get("/app/", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


async def test_a_part_of_a_file_can_be_had(http: httpx.AsyncClient, site: Path) -> None:
    headers = {"Accept-Encoding": "identity"}

    part = await http.get(f"/app/{HASHED}", headers=headers | {"Range": "bytes=7-11"})
    beyond = await http.get(f"/app/{HASHED}", headers=headers | {"Range": "bytes=999999-"})

    assert (part.status_code, part.content) == (206, SCRIPT[7:12])
    assert beyond.status_code == 416


async def test_a_build_that_replaces_another_is_served_at_once(http: httpx.AsyncClient, site: Path) -> None:
    before = await http.get("/app/")
    (site / "index.html").write_text("another build")

    after = await http.get("/app/")

    assert after.text == "another build"
    assert after.headers["etag"] != before.headers["etag"]


@pytest.mark.parametrize(
    "path", ["none.js", "..%2Fsecret", "%2e%2e/secret", "assets", "assets/../../secret", "a" * 5_000]
)
async def test_nothing_else_is_served(http: httpx.AsyncClient, site: Path, path: str) -> None:
    answer = await http.get(f"/app/{path}")

    assert answer.status_code == 404
    assert "everybody" not in answer.text


async def test_where_the_app_is_not_built_its_address_says_so(
    http: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_files, "FOLDER", tmp_path / "nowhere")

    answer = await http.get("/app/")

    assert answer.status_code == 503
    assert "naparnik app" in answer.text
