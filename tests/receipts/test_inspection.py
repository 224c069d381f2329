import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from codes.recognition import ours
from core.photos import Photos
from receipts.fiscal.keyring import KeyRing
from receipts.inspection import Finding, Inspector, goes_on, inspect, inspect_photo
from tests.photos import OTHER_KINDS, photo
from tests.receipts.made import KAZAKH, RUSSIAN, austrian, austrian_key, raw_document, raw_line
from tests.receipts.purchases import GTIN
from tests.receipts.slips import MARKING, PAYMENT, slip


def found(content: bytes | str, code: str | None = None) -> list[Finding]:
    return list(inspect(content if isinstance(content, bytes) else content.encode(), Inspector(KeyRing(), code)))


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


@pytest.mark.parametrize(
    "packed",
    [bytes.hex, lambda raw: raw.hex(" "), lambda raw: base64.encodebytes(raw).decode()],
    ids=["hex", "hex with blanks", "base64 in lines"],
)
def test_a_raw_document_may_be_written_in_letters(packed: Any) -> None:
    raw = raw_document(raw_line())

    [seen] = found(packed(raw))

    assert seen == found(raw + b"\r\n")[0]


def test_raw_documents_behind_each_other_are_read_to_where_the_last_is_cut() -> None:
    seen = found(raw_document(raw_line()) + raw_document()[:-1])

    assert [(one.format, one.refusal) for one in seen] == [("ru", None), ("ru", "malformed")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "cp1251"])
def test_text_is_read_in_the_encodings_of_office_programs(encoding: str) -> None:
    seen = found(f"{RUSSIAN}\r\nЧек: {KAZAKH}\r\n".replace("Чек: ", "").encode(encoding))

    assert [one.format for one in seen] == ["ru", "kz"]


def test_what_is_no_text_at_all_is_told_once() -> None:
    assert [one.detail for one in found(bytes(range(256)) * 50)] == ["problem: binary"]


def test_one_spoilt_receipt_of_an_export_spoils_no_other() -> None:
    good = {"fiscalDriveNumber": "7384440300007971", "fiscalDocumentNumber": 2, "fiscalSign": 3, "operationType": 1}
    good |= {"totalSum": 0, "items": [], "dateTime": "2026-03-20T23:03:00"}

    seen = found(json.dumps([good, good | {"fiscalDriveNumber": "1"}, good | {"fiscalDocumentNumber": 4}]))

    assert [one.refusal for one in seen] == [None, "malformed", None]


def test_what_stands_beside_a_named_code_is_where_it_came_from() -> None:
    seen = found(json.dumps([{"qr": RUSSIAN, "derived_from": RUSSIAN}, {"code": "1", "request": {"qrraw": KAZAKH}}]))

    assert [one.format for one in seen] == ["ru", "kz"]


def test_json_without_a_code_is_told_once() -> None:
    assert [one.detail for one in found('{\n"a": [1,\n2]}')] == ["problem: no_receipt"]


def test_a_document_is_not_read_as_another_countrys() -> None:
    for content in (raw_document(), json.dumps({"totalSum": 1, "items": [], "fiscalDriveNumber": "1"})):
        assert all((one.identity, one.refusal) == (None, "malformed") for one in found(content, code="at"))


def test_receipts_of_one_signer_that_lie_together_prove_each_other_whichever_comes_first() -> None:
    key = austrian_key()
    first = austrian(key)

    seen = found(f"{first}\n{austrian(key, number=2, before=first)}\n")

    assert [one.trust for one in seen] == ["signed_first_use"] * 2


def test_receipts_of_one_drive_speak_about_each_other_and_refuse_none() -> None:
    def numbered(i: int, time: str, s: str = "1.00") -> str:
        return f"t=20260320T{time}&s={s}&fn=7384440300007971&i={i}&fp=5&n=1"

    lines = [numbered(10, "1000"), numbered(12, "1200"), numbered(11, "1100"), numbered(13, "0900")]
    seen = found("\n".join([*lines, numbered(12, "120001"), numbered(12, "1200", "2.00")]))

    told = [[one.ok for one in finding.evidence if one.kind == "neighbour"] for finding in seen]
    assert told == [[], [True], [True], [False], [], [False]]
    assert {finding.refusal for finding in seen} == {None}


def test_a_receipt_of_the_day_after_tomorrow_is_refused() -> None:
    by = Inspector(KeyRing(), now=datetime(2026, 3, 18, tzinfo=UTC))

    [seen] = inspect(RUSSIAN.encode(), by)

    assert (seen.trust, seen.refusal) == ("parsed", "receipt_in_future")


@pytest.mark.parametrize(
    ("line", "open_"),
    [
        (RUSSIAN.encode(), False),
        (b'{"qr": "x"}', False),
        (b'{"qr": [', True),
        (b"\xef\xbb\xbf[{", True),
        (b"[" * 100_000, False),
        (raw_document().hex().encode()[:80], True),
        (raw_document().hex().encode(), False),
        (base64.b64encode(raw_document())[:76] + b"\n", True),
    ],
)
def test_whoever_reads_line_by_line_knows_what_goes_on(line: bytes, *, open_: bool) -> None:
    assert goes_on(line) is open_


def test_a_marking_is_told_from_rubbish_with_its_separators_kept() -> None:
    bare = f"01{GTIN}215LKh'o\x1d93abcd"

    seen = found(f"{bare}\r\nrubbish\n") + found(json.dumps({"code": bare}))

    told = [(one.kind, one.format, one.refusal) for one in seen]
    assert told == [("marking", None, None), ("receipt", None, "malformed"), ("marking", None, None)]
    assert [(line.gtin, line.serial) for line in seen[0].lines] == [(GTIN, "5LKh'o")]


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
    seen = await inspect_photo(picture, photos, Inspector(KeyRing()), ours=ours)
    return [(one.kind, one.format, one.refusal) for one in seen]


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
