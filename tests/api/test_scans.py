import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from api.pace import TICK_SECONDS
from api.scans import BATCH_MAX
from codes.activation import change_range
from codes.alphabet import ALPHABET, check_symbol
from codes.claims import ScanRequest
from codes.scans import Judged
from core import epoch
from core.db import fetch_value
from core.settings import Settings
from tests.api.conftest import ORIGIN
from tests.api.phoning import Installer
from tests.driver import Driver
from tests.packs import Sale, a_batch, a_sale, a_wrong_code, settled, wallet
from tests.programs.stored import BY

Answers = list[dict[str, Any]]


@pytest.fixture
async def installer(http: httpx.AsyncClient) -> Installer:
    return await Installer(http, ORIGIN).enrol()


@pytest.fixture
async def sale(database: None) -> Sale:
    return await a_sale(60)


def queue(*codes: str) -> list[dict[str, str]]:
    """A phone's queue; the place of a scan is its id."""
    return [{"id": f"scan-{place}", "code": code} for place, code in enumerate(codes)]


async def send(installer: Installer, scans: list[dict[str, str]]) -> Answers:
    answer = await installer.call("POST", "/v1/scans/batch", {"scans": scans})
    assert answer.status_code == 200, answer.text
    answers: Answers = answer.json()["answers"]
    assert [one["id"] for one in answers] == [one["id"] for one in scans]
    return answers


def said(answers: Answers) -> list[tuple[int, str]]:
    """Of each answer its status and the scan's state, or the refusal's slug."""
    return [(one["status"], one["slug"] or one["scan"]["state"]) for one in answers]


async def test_each_scan_of_a_queue_gets_the_answer_that_it_would_get_alone(
    installer: Installer, http: httpx.AsyncClient, sale: Sale
) -> None:
    stranger = await Installer(http, ORIGIN).enrol()
    closed = await a_batch(sale.program_id, sale.product_id, on_sale=False)
    own, foreign, new = sale.batch.codes(3)
    await send(stranger, queue(foreign))
    await send(installer, [{"id": "before", "code": own}])

    answers = await send(
        installer, queue(new, own, foreign, closed.code(0), a_wrong_code(sale.batch), misspelled(new), "?")
    )

    assert said(answers) == [
        (201, "accepted"),
        (200, "accepted"),
        (409, "already_claimed"),
        (202, "held"),
        (422, "not_accepted"),
        (422, "check_failed"),
        (400, "malformed"),
    ]
    assert [one["scan"]["already_yours"] for one in answers[:2]] == [False, True]
    assert answers[0]["scan"]["expected"] == {
        "amount_minor": 100,
        "asset": "BON",
        "available_at": answers[0]["scan"]["received_at"],
        "guaranteed": False,
    }
    assert all(one["title"] for one in answers[2:3] + answers[4:])


def misspelled(code: str) -> str:
    """A code with two wrong symbols, which nobody can repair."""
    wrong = (code[:3] + first + code[4:9] + second + code[10:] for first in ALPHABET for second in ALPHABET)
    return next(text for text in wrong if text[3] != code[3] and text[9] != code[9] and not is_spelled_right(text))


def is_spelled_right(code: str) -> bool:
    return check_symbol(code[:-1]) == code[-1]


async def test_a_refusal_is_given_again_to_its_own_request_and_says_so(installer: Installer, sale: Sale) -> None:
    wrong = {"code": a_wrong_code(sale.batch)}

    answers = [await installer.call("POST", "/v1/scans", wrong, key=key) for key in ("one", "one", "another")]

    assert [(answer.status_code, answer.json()["slug"]) for answer in answers] == [(422, "not_accepted")] * 3
    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, "true", None]


async def test_a_queue_that_is_sent_again_changes_nothing(installer: Installer, sale: Sale) -> None:
    closed = await a_batch(sale.program_id, sale.product_id, on_sale=False)
    scans = queue(*sale.batch.codes(5), closed.code(0), a_wrong_code(sale.batch))

    first, *repeated = [await send(installer, scans) for _ in range(3)]

    assert repeated == [first, first]
    assert await settled() == 5
    assert (await wallet(installer.agent_id)).available_minor == 500
    assert await fetch_value("SELECT max(failures) FROM guess") == 1


async def test_a_queue_that_was_cut_goes_on_where_it_was(installer: Installer, sale: Sale) -> None:
    scans = queue(*sale.batch.codes(6))
    part = await send(installer, scans[:4])

    whole = await send(installer, scans)

    assert whole[:4] == part
    assert said(whole) == [(201, "accepted")] * 6
    assert await settled() == 6


async def test_the_same_code_twice_in_a_queue_is_claimed_once(installer: Installer, sale: Sale) -> None:
    code = sale.batch.code(0)

    answers = await send(installer, queue(code, code))

    assert said(answers) == [(201, "accepted"), (200, "accepted")]
    assert answers[0]["scan"]["scan_id"] == answers[1]["scan"]["scan_id"]
    assert await fetch_value("SELECT count(*) FROM activity") == 1


async def test_the_same_id_for_two_codes_counts_for_the_first_of_them(installer: Installer, sale: Sale) -> None:
    one, other_code = sale.batch.codes(2)

    answers = await send(installer, [{"id": "same", "code": one}, {"id": "same", "code": other_code}])

    assert said(answers) == [(201, "accepted"), (422, "idempotency_mismatch")]
    assert await fetch_value("SELECT count(*) FROM scan") == 1


@pytest.mark.parametrize("count", [0, BATCH_MAX + 1])
async def test_a_queue_of_a_wrong_length_is_refused_whole(installer: Installer, sale: Sale, count: int) -> None:
    scans = [{"id": str(place), "code": sale.batch.code(place % 20)} for place in range(count)]

    answer = await installer.call("POST", "/v1/scans/batch", {"scans": scans})

    assert (answer.status_code, answer.json()["slug"]) == (400, "invalid_request")
    assert await fetch_value("SELECT count(*) FROM scan") == 0


async def test_the_longest_queue_is_answered_in_its_order(installer: Installer, database: None) -> None:
    sale = await a_sale(BATCH_MAX)

    answers = await send(installer, queue(*sale.batch.codes(BATCH_MAX)))

    assert said(answers) == [(201, "accepted")] * BATCH_MAX
    assert await fetch_value("SELECT count(*) FROM scan") == BATCH_MAX


async def test_a_queue_is_silenced_in_its_middle_by_a_guess_too_many(
    installer: Installer, sale: Sale, settings: Settings
) -> None:
    before, after = sale.batch.codes(2)
    guesses = [a_wrong_code(sale.batch)] * (settings.guesses_per_agent_hour + 1)

    answers = await send(installer, queue(before, *guesses, after))

    looked_at = said(answers).count((422, "not_accepted"))
    silenced = answers[1 + looked_at :]
    assert 0 < looked_at <= settings.guesses_per_agent_hour
    assert said(answers[: 1 + looked_at]) == [(201, "accepted")] + [(422, "not_accepted")] * looked_at
    assert said(silenced) == [(429, "rate_limited")] * len(silenced)
    assert all(1 <= one["retry_after_seconds"] <= 3_601 for one in silenced)


@pytest.fixture
async def a_broken_code(app: Litestar, sale: Sale, monkeypatch: pytest.MonkeyPatch) -> str:
    """A code that breaks whichever batch it is in."""
    broken, claim = sale.batch.code(3), app.state.process.claim

    async def breaking(requests: list[ScanRequest]) -> list[Judged]:
        if any(broken in request.readings for request in requests):
            raise ZeroDivisionError
        judged: list[Judged] = await claim(requests)
        return judged

    monkeypatch.setattr(app.state.process, "claim", breaking)
    return broken


async def test_one_scan_that_breaks_answers_for_itself_alone(
    installer: Installer, sale: Sale, a_broken_code: str
) -> None:
    codes = sale.batch.codes(7)
    assert a_broken_code in codes

    answers = await send(installer, queue(*codes))

    expected = [(500, "internal_error") if code == a_broken_code else (201, "accepted") for code in codes]
    assert said(answers) == expected
    assert await settled() == 6


async def test_a_held_scan_of_a_queue_is_paid_when_its_goods_are_on_sale(
    installer: Installer, sale: Sale, database: None
) -> None:
    closed = await a_batch(sale.program_id, sale.product_id, on_sale=False)
    scans = queue(closed.code(0))
    [held] = await send(installer, scans)

    await change_range(closed.id, first=0, stop=None, state="active", reason="", by=BY)

    [again] = await send(installer, scans)
    await settled()
    assert (held["status"], held["scan"]["product_id"]) == (202, None)
    assert again["scan"]["scan_id"] == held["scan"]["scan_id"]
    assert (await wallet(installer.agent_id)).available_minor == 100


@pytest.fixture
def forgetful() -> Iterator[None]:
    """The process does not remember the epoch from before or after the test."""
    epoch._remembered = None
    yield
    epoch._remembered = None


@pytest.mark.usefixtures("forgetful")
async def test_every_answer_tells_the_epoch_and_a_restored_backup_changes_it(
    installer: Installer, sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans = queue(sale.batch.code(0))

    told = [await epoch_of(installer, scans) for _ in range(2)]
    await epoch.begin_epoch(by="test")
    monkeypatch.setattr(epoch, "_remembered", None)
    later = await epoch_of(installer, scans)

    assert told[0] == told[1] != later


async def epoch_of(installer: Installer, scans: list[dict[str, str]]) -> UUID:
    answer = await installer.call("POST", "/v1/scans/batch", {"scans": scans})
    return UUID(answer.json()["epoch"])


async def test_a_queue_needs_an_agent(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/scans/batch", json={"scans": queue("0")})

    assert (answer.status_code, answer.json()["slug"]) == (401, "unauthorized")


@pytest.mark.parametrize("text", ["8WBJF619H3AR21V2", "8WBJF619H3AR21VM"], ids=["unknown", "misspelled"])
async def test_what_is_refused_alike_leaves_at_a_tick_of_the_clock(driver: Driver, text: str) -> None:
    agent = await driver.agent()

    for ask in (driver.scan(agent, text), driver.scan_batch(agent, [text])):
        began = time.perf_counter()
        await ask
        assert time.perf_counter() - began >= TICK_SECONDS
