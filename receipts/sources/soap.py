"""SOAP, as much of it as the tax service of Russia speaks: envelopes out, elements in. Pure."""

from typing import Final
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring

ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_MARK: Final = b'<?xml version="1.0" encoding="UTF-8"?>'


class NotSoap(Exception):
    """A reply that is no envelope, or one that tries more than this needs."""


def envelope(body: Element) -> bytes:
    """A message in its envelope."""
    root = Element(f"{{{ENVELOPE}}}Envelope")
    SubElement(root, f"{{{ENVELOPE}}}Body").append(body)
    written: bytes = tostring(root, encoding="utf-8")
    return _MARK + written


def element(namespace: str, name: str, *children: Element, text: str | None = None) -> Element:
    """An element with its children, or with a text."""
    made = Element(f"{{{namespace}}}{name}")
    made.text = text
    made.extend(children)
    return made


def body_of(content: bytes) -> Element:
    """What an envelope holds. Raises NotSoap."""
    # Entities are where documents grow while they are read, and nothing that is meant for us declares any.
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\x00" in content:
        raise NotSoap
    try:
        root = fromstring(content.decode("utf-8"))  # noqa: S314 - it has no entities, see above.
    except (ParseError, UnicodeDecodeError, ValueError, RecursionError):
        raise NotSoap from None
    body = root.find(f"{{{ENVELOPE}}}Body")
    if body is None:
        raise NotSoap
    return body


def fault_of(body: Element) -> str | None:
    """What went wrong, where the body says that something did."""
    fault = body.find(f"{{{ENVELOPE}}}Fault")
    if fault is None:
        return None
    words = [text.strip() for text in fault.itertext() if text.strip()]
    return " ".join(words)[:200] or "a fault without words"
