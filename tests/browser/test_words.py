import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

from cli.phone_app import CATALOGUES, SOURCE

TEXT = r'"((?:[^"\\]|\\.)*)"'
MARKED = re.compile(rf"\b(?:t|tn|marked)\(\s*{TEXT}")
# The two units are shared with the server, which has them in its own catalogue.
SHARED = {"{number} bonus", "{number} point"}


def sources() -> Iterator[Path]:
    return (path for path in SOURCE.glob("src/**/*.ts*") if "made" not in path.parts)


def translated(path: Path) -> set[str]:
    with path.open("rb") as source:
        messages = [message for message in read_po(source, locale="ru") if message.id]
    assert all(all(_forms(message.string)) for message in messages)
    return {_forms(message.id)[0] for message in messages}


def _forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


def test_every_text_of_the_app_has_its_russian_and_no_other_does() -> None:
    said = {text for path in sources() for text in MARKED.findall(path.read_text())}
    server, own = (translated(path) for path in CATALOGUES)

    assert said == own
    assert server >= SHARED
