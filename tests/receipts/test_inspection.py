import base64
import json
from collections.abc import AsyncIterator

import pytest

from codes.recognition import ours
from core.photos import Photos
from receipts.fiscal.keyring import KeyRing
from receipts.inspection import Finding, inspect, inspect_photo
from tests.photos import OTHER_KINDS, photo
from tests.receipts.made import KAZAKH, RUSSIAN, raw_document, raw_line
from tests.receipts.purchases import GTIN
from tests.receipts.slips import MARKING, PAYMENT, slip


def found(content: bytes | str, code: str | None = None) -> list[Finding]:
    return list(inspect(content if isinstance(content, bytes) else content.encode(), KeyRing(), code=code))


def test_a_text_has_a_code_a_line() -> None:
    seen = found(f"{RUSSIAN}\n\n{KAZAKH}\r\nrubbish\n")

    assert [(one.format, one.refusal) for one in seen] == [("ru", None), ("kz", None), (None, "malformed")]


def test_a_code_that_is_meant_and_broken_says_whose_it_is() -> None:
    [seen] = found(RUSSIAN.replace("n=1", "n=7"))

    assert (seen.format, seen.refusal, seen.detail) == ("ru", "malformed", "field: n, problem: out_of_range")


def test_a_raw_document_is_read_as_bytes_and_as_base64() -> None:
    raw = raw_document(raw_line())

    [plain], [packed] = found(raw), found(base64.b64encode(raw) + b"\n")

    assert plain == packed
    assert (plain.format, plain.total_minor, len(plain.lines)) == ("ru", 5500, 1)


def test_a_marking_is_told_from_rubbish_with_its_separators_kept() -> None:
    bare = f"01{GTIN}215LKh'o\x1d93abcd"

    seen = found(f"{bare}\r\nrubbish\n") + found(json.dumps({"code": bare}))

    told = [(one.kind, one.format, one.refusal) for one in seen]
    assert told == [("marking", None, "malformed"), ("receipt", None, "malformed"), ("marking", None, "malformed")]


def test_another_countrys_address_with_a_drive_in_it_is_nobodys() -> None:
    [seen] = found("https://cabinet.example/cashregs/check?fn=4000903762&id=31&sm=65.48&time=190058&date=20261002")

    assert (seen.format, seen.refusal) == (None, "malformed")


def test_json_may_quote_codes_instead_of_being_a_document() -> None:
    listed = found(json.dumps([RUSSIAN, {"url": KAZAKH, "note": "rubbish"}]))
    named = found(json.dumps({"Data": {"TicketUrl": KAZAKH}}))

    assert [one.format for one in listed] == ["ru", "kz"]
    assert [one.format for one in named] == ["kz"]


def test_lines_of_json_are_read_one_by_one() -> None:
    seen = found(f'{{"qr": "{RUSSIAN}"}}\n{{"url": "{KAZAKH}"}}\n')

    assert [one.format for one in seen] == ["ru", "kz"]


def test_a_country_that_was_named_is_believed() -> None:
    [seen] = found(RUSSIAN, code="kz")

    assert (seen.format, seen.refusal) == ("kz", "malformed")


@pytest.fixture
async def photos() -> AsyncIterator[Photos]:
    photos = Photos(readers=1, places=1)
    yield photos
    await photos.close()


async def on_photo(photos: Photos, picture: bytes) -> list[tuple[str, str | None, str | None]]:
    return [(one.kind, one.format, one.refusal) for one in await inspect_photo(picture, photos, KeyRing(), ours=ours)]


async def test_every_code_on_a_photo_is_told_and_receipts_are_judged(photos: Photos) -> None:
    seen = await on_photo(photos, slip(MARKING, PAYMENT, KAZAKH, receipt=RUSSIAN))

    assert seen == [
        ("marking", None, None),
        ("other", None, None),
        ("receipt", "kz", None),
        ("receipt", "ru", None),
    ]


async def test_a_photo_without_a_receipt_or_without_anything_is_refused(photos: Photos) -> None:
    other = await on_photo(photos, photo(PAYMENT))
    nothing = await on_photo(photos, OTHER_KINDS["PDF"])

    assert other == [("other", None, None), ("receipt", None, "no_receipt_on_photo")]
    assert nothing == [("receipt", None, "unsupported_photo")]
