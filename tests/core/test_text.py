from typing import Any

import msgspec
import pytest

from core.text import CodeText, Key, Line, Name

PLAIN: dict[str, Any] = {"Name": Name, "Line": Line, "Key": Key}
ALL = PLAIN | {"CodeText": CodeText}
HIDDEN = {
    "NUL": "\\u0000",
    "a line feed": "\\n",
    "a tab": "\\t",
    "an escape": "\\u001b",
    "DEL": "\\u007f",
    "a C1 control": "\\u0085",
    "a zero-width space": "\\u200b",
    "a right-to-left mark": "\\u200f",
    "an Arabic letter mark": "\\u061c",
    "a line separator": "\\u2028",
    "a direction override": "\\u202e",
    "a direction isolate": "\\u2066",
    "a byte order mark": "\\ufeff",
}


@pytest.mark.parametrize("kind", PLAIN.values(), ids=PLAIN.keys())
@pytest.mark.parametrize("text", ["Котёл 24 кВт", "L'Été №5 — ½", "高温", "😀", "=SUM(A1)", "{{7*7}} ${x} %(y)s"])
def test_what_people_write_is_text(kind: Any, text: str) -> None:
    assert msgspec.json.decode(msgspec.json.encode(text), type=kind) == text


@pytest.mark.parametrize("kind", PLAIN.values(), ids=PLAIN.keys())
@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN.keys())
@pytest.mark.parametrize("around", ["{}ab", "a{}b", "ab{}"])
def test_what_cannot_be_seen_is_refused_wherever_it_stands(kind: Any, hidden: str, around: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(f'"{around.format(hidden)}"', type=kind)


@pytest.mark.parametrize("kind", ALL.values(), ids=ALL.keys())
@pytest.mark.parametrize(
    "raw", [b'"a\\ud800b"', b'"a\\ud800"', b'"\\udc00\\ud800"', b'"a\xed\xa0\x80b"', b'"\xff\xfe"', b'"\xc0\xaf"']
)
def test_half_a_character_is_no_text(kind: Any, raw: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        msgspec.json.decode(raw, type=kind)


@pytest.mark.parametrize(
    ("kind", "least", "most"), [("Name", 1, 120), ("Line", 0, 500), ("Key", 1, 64), ("CodeText", 1, 512)]
)
def test_a_text_has_its_length(kind: str, least: int, most: int) -> None:
    for length in (least, most):
        assert msgspec.convert("я" * length, type=ALL[kind]) == "я" * length
    for length in {least - 1, most + 1} - {-1}:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert("я" * length, type=ALL[kind])
