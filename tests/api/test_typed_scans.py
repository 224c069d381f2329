from typing import Any

import httpx
import pytest

from codes import activation
from codes.alphabet import ALPHABET
from codes.packaging_code import Role
from core.db import fetch, fetch_value
from tests.api.conftest import ORIGIN
from tests.api.phoning import Installer, refusal
from tests.packs import Sale, a_sale
from tests.programs.stored import BY

FACTS_OF_ITS_OWN = {"trace_id"}


@pytest.fixture
async def sale(http: httpx.AsyncClient) -> Sale:
    return await a_sale(200)


@pytest.fixture
async def installer(http: httpx.AsyncClient) -> Installer:
    return await Installer(http, ORIGIN).enrol()


async def scan(installer: Installer, code: str, key: str | None = None) -> httpx.Response:
    return await installer.call("POST", "/v1/scans", {"code": code}, key=key)


def misspelled(code: str, place: int = 5) -> str:
    return code[:place] + ALPHABET[(ALPHABET.index(code[place]) + 7) % 32] + code[place + 1 :]


def body(answer: httpx.Response) -> dict[str, Any]:
    """What an answer says, without what every answer has of its own."""
    return {name: value for name, value in answer.json().items() if name not in FACTS_OF_ITS_OWN}


async def test_a_misspelled_code_is_accepted_and_told_as_it_was_read(installer: Installer, sale: Sale) -> None:
    code = sale.batch.code(0)

    answer = await scan(installer, misspelled(code).lower())

    assert (answer.status_code, answer.json()["read_as"]) == (201, f"{code[:4]} {code[4:8]} {code[8:12]} {code[12:]}")


async def test_only_who_misspelled_it_is_told_how_it_was_read(installer: Installer, sale: Sale) -> None:
    other = await Installer(installer.http, ORIGIN).enrol()
    code = sale.batch.code(0)
    await scan(installer, code)

    answer = await scan(other, misspelled(code))

    assert refusal(answer) == (409, "already_claimed")
    assert code[:4] not in answer.text


async def test_the_same_request_again_is_answered_alike(installer: Installer, sale: Sale) -> None:
    typed = misspelled(sale.batch.code(0))

    first, again = [await scan(installer, typed, key="once") for _ in range(2)]

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"


async def test_a_queue_with_misspelled_codes_is_answered_one_by_one_and_alike_when_it_comes_again(
    installer: Installer, sale: Sale
) -> None:
    far = misspelled(sale.batch.code(sale.batch.size + 5))
    texts = [misspelled(sale.batch.code(0)), far, sale.batch.code(1), "no code", misspelled(sale.batch.code(1))]
    queue = {"scans": [{"id": f"phone-{place}", "code": text} for place, text in enumerate(texts)]}

    first, again = [(await installer.call("POST", "/v1/scans/batch", queue)).json()["answers"] for _ in range(2)]

    assert [(one["status"], one["slug"]) for one in first] == [
        (201, None),
        (422, "check_failed"),
        (201, None),
        (400, "malformed"),
        (200, None),
    ]
    assert again == first
    assert await fetch_value("SELECT max(failures) FROM guess") == 1


async def test_a_misspelled_code_that_is_stopped_or_foreign_or_outer_looks_like_one_that_nobody_knows(
    installer: Installer, sale: Sale
) -> None:
    stopped, recalled = sale.batch.code(0), sale.batch.code(1)
    await activation.change_range(sale.batch.id, first=0, stop=1, state="suspended", reason="", by=BY)
    await activation.change_range(sale.batch.id, first=1, stop=2, state="recalled", reason="", by=BY)
    unknown = sale.batch.code(sale.batch.size + 1)

    answers = [
        await scan(installer, misspelled(code)) for code in (stopped, recalled, sale.batch.code(2, Role.OUTER), unknown)
    ]

    assert {answer.status_code for answer in answers} == {422}
    assert all(body(answer) == body(answers[0]) for answer in answers)
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1


async def test_a_misspelled_code_stands_nowhere_in_the_clear(installer: Installer, sale: Sale) -> None:
    typed = misspelled(sale.batch.code(sale.batch.size + 1))

    await scan(installer, typed)

    [kept] = await fetch("SELECT text_hash, slug FROM refused_scan")
    assert kept["slug"] == "check_failed"
    assert typed.encode() not in kept["text_hash"]
