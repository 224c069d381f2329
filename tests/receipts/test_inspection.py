import base64
import json

from receipts.fiscal.keyring import KeyRing
from receipts.inspection import Finding, inspect
from tests.receipts.made import KAZAKH, RUSSIAN, raw_document, raw_line


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
