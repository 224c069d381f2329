import asyncio
import gc
import tracemalloc
from datetime import timedelta
from io import BytesIO
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest
from PIL import Image

from core.db import execute, fetch, fetch_value
from core.refusals import NotFound
from core.settings import Settings
from receipts import pictures, reviews
from tests.driver import Agent, Driver
from tests.packs import settled
from tests.photos import OTHER_KINDS, hostile, label, photo, saved
from tests.receipts.purchases import BONUS_MINOR, a_line, an_offer, code, document, yesterday
from tests.receipts.slips import MARKING, PACKAGING, PAYMENT, PROMO, slip

AT = yesterday()
PERSON = "key:moderator"
GPS_IFD, GPS_LATITUDE = 34_853, 2


async def send(
    driver: Driver, agent: Agent, picture: bytes, *, key: str | None = None, path: str = "/v1/receipts", **more: str
) -> httpx.Response:
    """A photo as a phone sends it."""
    told = {"Authorization": f"Bearer {agent.device.token}", "Idempotency-Key": key or str(uuid4())}
    return await driver.http.post(path, content=picture, headers=told | {"Content-Type": "image/jpeg"} | more)


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["slug"]


async def out_of_order(driver: Driver, agent: Agent, exif: bytes = b"") -> str:
    """The receipt of a photo that a person has to look at: its number belongs to another time of the till."""
    await driver.receipt(await driver.agent(), code(at=AT, i=8))
    picture = saved(label(code(at=AT - timedelta(hours=3), i=9)).convert("RGB"), exif=exif)
    answer = await send(driver, agent, picture)
    assert answer.json()["reason"] == "out_of_order"
    return str(answer.json()["receipt_id"])


async def test_a_photo_is_as_good_as_the_text_of_its_code(driver: Driver, proven: None) -> None:
    await an_offer()
    agent = await driver.agent()

    taken = await send(driver, agent, slip(receipt=code(at=AT)))
    completed = await driver.receipt(agent, {"document": document(at=AT)})
    await settled()

    assert (taken.status_code, taken.json()["state"]) == (201, "pending_issuer")
    assert (completed.status_code, completed.json()["receipt_id"]) == (200, taken.json()["receipt_id"])
    assert (await driver.wallet(agent)).available_minor == BONUS_MINOR
    assert await fetch_value("SELECT count(*) FROM receipt_picture") == 1
    await pictures.forget_old(30)
    assert await fetch_value("SELECT count(*) FROM receipt_picture") == 0


async def test_every_code_on_a_slip_is_named_and_no_text_is_repeated(driver: Driver, proven: None) -> None:
    await an_offer()

    answer = await send(driver, await driver.agent(), slip(PROMO, MARKING, PACKAGING, PAYMENT, receipt=code(at=AT)))

    found = answer.json()["codes"]
    assert [one["kind"] for one in found] == ["promo", "marking", "packaging", "other", "receipt"]
    assert [one["taken"] for one in found] == [False] * 4 + [True]
    assert not any(text in answer.text for text in (PROMO, PACKAGING, PAYMENT, "5LKh"))


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "in a form"])
async def test_the_same_photo_with_the_same_key_changes_nothing(driver: Driver, proven: None, *, wrapped: bool) -> None:
    await an_offer()
    agent, picture = await driver.agent(), slip(receipt=code(at=AT))
    headers = {"Authorization": f"Bearer {agent.device.token}", "Idempotency-Key": "1"}
    body = {"files": {"photo": ("../../x" + "\u202e" * 900, picture)}} if wrapped else {"content": picture}
    headers |= {} if wrapped else {"Content-Type": "application/octet-stream"}

    first, again = [await driver.http.post("/v1/receipts", headers=headers, **body) for _ in range(2)]

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.json() == again.json()
    assert await fetch_value("SELECT count(*) FROM receipt") == 1


async def test_a_program_is_named_in_the_query(driver: Driver, proven: None) -> None:
    offer = await an_offer()
    path = "/v1/receipts?program_id="

    known = await send(driver, await driver.agent(), slip(), path=f"{path}{offer.program_id}")
    unknown = await send(driver, await driver.agent(), slip(), path=f"{path}{uuid4()}")

    assert known.json()["program_id"] == str(offer.program_id)
    assert refused(unknown) == (404, "not_found")


async def test_what_is_no_photo_of_a_receipt_says_what_is_wrong(driver: Driver, proven: None) -> None:
    agent = await driver.agent()

    answers = [
        await send(driver, agent, picture)
        for picture in (OTHER_KINDS["PDF"], photo(PAYMENT), photo(code().replace("n=1", "n=7")), bytes(11_000_000))
    ]

    assert [refused(answer) for answer in answers] == [
        (415, "unsupported_photo"),
        (422, "no_receipt_on_photo"),
        (400, "malformed"),
        (413, "payload_too_large"),
    ]
    assert answers[1].json()["facts"] == {"codes": ["other"]}


async def test_hostile_pictures_are_refused_and_the_next_one_is_read(driver: Driver, proven: None) -> None:
    await an_offer()
    agent = await driver.agent()

    answers = {name: await send(driver, agent, picture) for name, picture in list(hostile())[::5]}

    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code not in {413, 422}} == {}
    assert (await send(driver, agent, slip())).status_code == 201


async def test_a_receipt_is_one_in_whatever_spelling_and_on_whatever_paper(driver: Driver, proven: None) -> None:
    await an_offer()
    agent, text = await driver.agent(), code(at=AT)
    fields = dict(part.split("=") for part in text.split("&"))
    spelled: list[dict[str, object]] = [
        {"text": text},
        {"text": f"https://ofd.example/rec?{text}"},
        {"text": text.replace("&", "&amp;")},
        {"text": quote(text, safe="")},
        {"text": f"\ufeff]Q1{text}\r\n"},
        {"fields": fields},
        {"fields": fields | {"t": f"{AT:%d.%m.%Y %H:%M}"}},
    ]

    answers = [await driver.receipt(agent, one) for one in spelled]
    answers += [await send(driver, agent, saved(label(text).convert("RGB"), kind)) for kind in ("JPEG", "PNG", "WEBP")]
    answers.append(await driver.receipt(agent, {"document": document(at=AT)}))

    assert [answer.status_code for answer in answers] == [201] + [200] * 10
    assert len({answer.json()["receipt_id"] for answer in answers}) == 1


async def test_a_photo_that_was_refused_takes_no_memory_until_garbage_is_collected(
    driver: Driver, proven: None
) -> None:
    await an_offer()
    picture = slip(receipt=code(at=AT)) + bytes(3_000_000)
    await send(driver, await driver.agent(), picture)
    stranger = await driver.agent()

    gc.disable()
    tracemalloc.start()
    try:
        answers = [await send(driver, stranger, picture) for _ in range(5)]
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()

    assert [refused(answer) for answer in answers] == [(409, "receipt_duplicate")] * 5
    assert kept < 2 * len(picture)


async def test_json_is_no_larger_for_it(driver: Driver, proven: None, settings: Settings) -> None:
    text = "x" * settings.body_limit_bytes

    answer = await driver.receipt(await driver.agent(), {"document": text})

    assert refused(answer) == (413, "payload_too_large")


async def test_fifty_photos_at_once_are_read_or_told_to_come_later(driver: Driver, proven: None) -> None:
    await an_offer()
    agents, picture = [await driver.agent() for _ in range(50)], slip(receipt=code(at=AT))

    answers = await asyncio.gather(*(send(driver, agent, picture) for agent in agents))

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 409, 429}


async def test_a_person_who_has_to_look_sees_the_photo_and_nothing_of_where_it_was_taken(
    driver: Driver, proven: None
) -> None:
    offer = await an_offer()
    exif = Image.Exif()
    exif.get_ifd(GPS_IFD)[GPS_LATITUDE] = (55.0, 45.0, 7.0)
    receipt_id = UUID(await out_of_order(driver, await driver.agent(), exif=exif.tobytes()))

    shown = await pictures.show(receipt_id, by=PERSON, program_id=offer.program_id)

    assert Image.open(BytesIO(shown)).format == "JPEG"
    assert b"Exif" not in shown
    stored: bytes = await fetch_value("SELECT wrapped_picture FROM receipt_picture WHERE receipt_id = $1", receipt_id)
    assert shown[:64] not in stored
    [entry] = await fetch("SELECT who FROM audit_entry WHERE action = 'receipt.picture'")
    assert entry["who"] == PERSON
    with pytest.raises(NotFound):
        await pictures.show(receipt_id, by=PERSON, program_id=uuid4())


async def test_a_photo_is_gone_once_somebody_has_decided_or_its_days_are_over(driver: Driver, proven: None) -> None:
    await an_offer()
    receipt_id = UUID(await out_of_order(driver, await driver.agent()))

    await reviews.reject(receipt_id, note="", by=PERSON)

    with pytest.raises(NotFound):
        await pictures.show(receipt_id, by=PERSON)
    await execute("UPDATE receipt_picture SET kept_at = now() - interval '31 days' WHERE receipt_id <> $1", receipt_id)
    await pictures.forget_old(30)
    assert await fetch_value("SELECT count(*) FROM receipt_picture") == 0


async def test_no_agent_fills_the_store(driver: Driver, proven: None, monkeypatch: pytest.MonkeyPatch) -> None:
    await an_offer()
    monkeypatch.setattr(pictures, "PER_AGENT_MAX", 1)
    agent = await driver.agent()

    for i in (1, 2):
        await send(driver, agent, slip(receipt=code(at=AT, i=i)))

    assert await fetch_value("SELECT count(*) FROM receipt_picture") == 1


async def test_a_paid_receipt_leaves_no_photo(driver: Driver, proven: None) -> None:
    await an_offer()
    agent = await driver.agent()
    await driver.receipt(agent, {"document": document(a_line(), at=AT)})

    again = await send(driver, agent, slip(receipt=code(at=AT)))

    assert (again.status_code, again.json()["already_yours"]) == (200, True)
    assert await fetch_value("SELECT count(*) FROM receipt_picture") == 0
