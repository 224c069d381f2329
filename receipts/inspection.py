"""Inspection: whatever support has in hand, read as receipts, one finding for each, without database or network."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from core.photos import Photos
from core.refusals import DomainError
from receipts.fiscal import russia_documents, russia_tlv
from receipts.fiscal.frame import Evidence, FiscalFormat, Judged, Receipt, ReceiptLine, ReceiptMalformed, judged
from receipts.fiscal.keyring import KeyRing
from receipts.fiscal.registry import FORMATS, format_of, judge
from receipts.slips import CodeKind, NoReceiptOnPhoto, Recogniser, is_marking, kind_of

_BASE64: Final = re.compile(rb"[A-Za-z0-9+/\s]+={0,2}\s*")
# The names under which files of samples and answers of services hold the text of a code.
_CODE_NAMES: Final = ("qr", "url", "qrraw", "ticketUrl", "TicketUrl", "code")
_DEPTH_MAX: Final = 6
_LINE_END: Final = re.compile(r"\r\n|\n|\r")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be thought of one code; `refusal` is a slug, and the rest is empty where nothing could be read.

    `kind` says what else than a receipt a code is; of a text only whether it is a marking.
    """

    format: str | None
    kind: CodeKind = CodeKind.RECEIPT
    identity: str | None = None
    currency: str | None = None
    total_minor: int | None = None
    issued_at: str | None = None
    operation: str | None = None
    trust: str | None = None
    evidence: tuple[Evidence, ...] = ()
    lines: tuple[ReceiptLine, ...] = ()
    refusal: str | None = None
    detail: str | None = None


def inspect(content: bytes, keys: KeyRing, *, code: str | None = None) -> Iterator[Finding]:
    """Findings for a file's content: raw document, its base64, JSON, or text with a code a line."""
    if russia_tlv.detect(content):
        yield _document(russia_tlv.parse, content, keys)
        return
    packed = _unpacked(content)
    if packed is not None and russia_tlv.detect(packed):
        yield _document(russia_tlv.parse, packed, keys)
        return
    text = content.decode("utf-8-sig", "replace")
    if text.lstrip().startswith(("{", "[")) and (found := list(_of_json(text, keys, code))):
        yield from found
        return
    # A marking holds separators that are line ends to others.
    for line in _LINE_END.split(text):
        if line.strip():
            yield from _of_line(line, keys, code)


def nothing() -> Finding:
    """The finding for what holds no code at all."""
    return _refused(ReceiptMalformed(problem="nothing"), None)


async def inspect_photo(
    photo: bytes, photos: Photos, keys: KeyRing, *, ours: Recogniser, code: str | None = None
) -> list[Finding]:
    """Findings for every code on a photo; the last one is a refusal where none is a receipt's."""
    try:
        sightings = await photos.look(photo, all_of_them=True)
    except DomainError as refused:
        return [_refused(refused, None)]
    kinds = [(one.text, kind_of(one.text, ours)) for one in sightings]
    found = [
        _of_code(text, keys, code) if kind is CodeKind.RECEIPT else Finding(format=None, kind=kind)
        for text, kind in kinds
    ]
    if not any(kind is CodeKind.RECEIPT for _, kind in kinds):
        found.append(_refused(NoReceiptOnPhoto(), None))
    return found


def _of_line(line: str, keys: KeyRing, code: str | None) -> Iterator[Finding]:
    if line.lstrip().startswith("{"):
        found = list(_of_json(line, keys, code))
        if found:
            yield from found
            return
    yield _of_code(line, keys, code)


def _of_code(text: str, keys: KeyRing, code: str | None) -> Finding:
    meant = FORMATS.get(code) if code else format_of(text)
    try:
        return found(judge(text, keys, code=code))
    except ReceiptMalformed as refused:
        kind = CodeKind.MARKING if meant is None and is_marking(text) else CodeKind.RECEIPT
        return msgspec.structs.replace(_refused(refused, meant), kind=kind)


def _of_json(text: str, keys: KeyRing, code: str | None) -> Iterator[Finding]:
    """The receipts in a document; else the codes that it quotes."""
    try:
        said = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return
    try:
        receipts = russia_documents.parse(text)
    except ReceiptMalformed as refused:
        codes = list(_codes(said, 0))
        if refused.facts.get("problem") != "no_receipt" and not codes:
            yield _refused(refused, FORMATS["ru"])
        for quoted in codes:
            yield _of_code(quoted, keys, code)
        return
    for receipt in receipts:
        yield found(judged(receipt, russia_documents.verify(receipt, keys)))


def _codes(said: Any, depth: int) -> Iterator[str]:
    if depth > _DEPTH_MAX:
        return
    if isinstance(said, str):
        if depth and format_of(said):
            yield said
    elif isinstance(said, list):
        for one in said:
            yield from _codes(one, depth + 1)
    elif isinstance(said, dict):
        named = [said[name] for name in _CODE_NAMES if isinstance(said.get(name), str)]
        if named:
            yield from named
        else:
            for one in said.values():
                yield from _codes(one, depth + 1)


def _document(parse: Any, content: bytes, keys: KeyRing) -> Finding:
    try:
        receipt: Receipt = parse(content)
    except ReceiptMalformed as refused:
        return _refused(refused, FORMATS["ru"])
    return found(judged(receipt, russia_documents.verify(receipt, keys)))


def found(one: Judged) -> Finding:
    """A judged receipt as support reads it."""
    receipt = one.receipt
    return Finding(
        format=receipt.format,
        identity=receipt.identity,
        currency=receipt.currency,
        total_minor=receipt.total_minor,
        issued_at=receipt.issued_at.isoformat() if receipt.issued_at else None,
        operation=receipt.operation.value,
        trust=one.trust.value,
        evidence=one.evidence,
        lines=receipt.lines,
        refusal=one.refusal.slug if one.refusal else None,
        detail=_detail(one.refusal) if one.refusal else None,
    )


def _refused(refusal: DomainError, meant: FiscalFormat | None) -> Finding:
    return Finding(format=meant.code if meant else None, refusal=refusal.slug, detail=_detail(refusal))


def _detail(refusal: DomainError) -> str:
    return ", ".join(f"{name}: {fact}" for name, fact in refusal.facts.items()) or refusal.title


def _unpacked(content: bytes) -> bytes | None:
    if len(content) > 2 * russia_tlv.DOCUMENT_BYTES_MAX or _BASE64.fullmatch(content) is None:
        return None
    try:
        return base64.b64decode(content)
    except (binascii.Error, ValueError):
        return None
