"""Inspection: whatever support has in hand, read as receipts, one finding for each, without database or network."""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import msgspec

from core.photos import Photos
from core.refusals import DomainError
from programs.trust import Trust
from receipts.door import AHEAD_MAX, ReceiptInFuture
from receipts.fiscal import austria, russia, russia_documents, russia_tlv
from receipts.fiscal.frame import (
    Evidence,
    EvidenceKind,
    FiscalFormat,
    Judged,
    Receipt,
    ReceiptLine,
    ReceiptMalformed,
    judged,
)
from receipts.fiscal.keyring import KeyRing
from receipts.fiscal.quotations import certificates_in, codes_in
from receipts.fiscal.registry import FORMATS, format_of, judge
from receipts.fiscal.till_rolls import TillRoll
from receipts.slips import CodeKind, NoReceiptOnPhoto, Recogniser, kind_of, marking_in

_BASE64: Final = re.compile(rb"[A-Za-z0-9+/\s]+={0,2}\s*")
_HEX: Final = re.compile(rb"(?:[0-9A-Fa-f]{2}\s*)+")
_BYTE_ORDERS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ONE_CODE: Final = "V0;"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be thought of one code; `refusal` is a slug, and the rest is empty where nothing could be read.

    `kind` says what else than a receipt a code is; of a text only whether it is a marking, whose goods `lines` names.
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


class Inspector(msgspec.Struct, frozen=True):
    """What is known while things are looked at: keys, the format that was named, receipts so far, and the time."""

    keys: KeyRing
    code: str | None = None
    roll: TillRoll = msgspec.field(default_factory=TillRoll)
    now: datetime | None = None


def inspect(content: bytes, by: Inspector) -> Iterator[Finding]:
    """Findings for a file's content: raw documents, their base64, JSON, or text with a code a line."""
    raw = _raw(content) if by.code in {None, russia.CODE} else None
    if raw is not None:
        for document in russia_tlv.several(raw):
            yield _of_raw(document, by)
        return
    text = _text(content)
    if text is None:
        yield _refused(ReceiptMalformed(problem="binary"), FORMATS.get(by.code or ""))
        return
    found = _of_json(text, by)
    if found is not None:
        yield from found
        return
    lines = _lines(text)
    _introduce(lines, by)
    for line in lines:
        yield from _of_line(line, by)


def goes_on(line: bytes) -> bool:
    """Whether a line begins something that it does not end: JSON, or a raw document in letters."""
    raw = _raw(line)
    if raw is not None:
        return not russia_tlv.is_whole(raw)
    plain = line.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        return plain.startswith((b"{", b"[")) and not _is_json(plain)
    except RecursionError:
        return False


def _is_json(plain: bytes) -> bool:
    try:
        msgspec.json.decode(plain)
    except (msgspec.DecodeError, UnicodeError):
        return False
    return True


def nothing() -> Finding:
    """The finding for what holds no code at all."""
    return unreadable("nothing")


def unreadable(problem: str) -> Finding:
    """The finding for what cannot even be opened."""
    return _refused(ReceiptMalformed(problem=problem), None)


async def inspect_photo(photo: bytes, photos: Photos, by: Inspector, *, ours: Recogniser) -> list[Finding]:
    """Findings for every code on a photo; the last one is a refusal where none is a receipt's."""
    try:
        sightings = await photos.look(photo, all_of_them=True)
    except DomainError as refused:
        return [_refused(refused, None)]
    kinds = [(one.text, kind_of(one.text, ours)) for one in sightings]
    found = [
        _of_code(text, by) if kind in {CodeKind.RECEIPT, CodeKind.MARKING} else Finding(format=None, kind=kind)
        for text, kind in kinds
    ]
    if not any(kind is CodeKind.RECEIPT for _, kind in kinds):
        found.append(_refused(NoReceiptOnPhoto(), None))
    return found


def _of_line(line: str, by: Inspector) -> Iterator[Finding]:
    found = _of_json(line, by)
    if found is not None:
        yield from found
        return
    raw = _raw(line.encode()) if by.code in {None, russia.CODE} else None
    yield _of_raw(raw, by) if raw is not None else _of_code(line, by)


def _of_code(text: str, by: Inspector) -> Finding:
    try:
        return _found(judge(text, by.keys, code=by.code), by)
    except ReceiptMalformed as refused:
        meant = FORMATS.get(by.code) if by.code else format_of(text)
        marking = marking_in(text) if meant is None or meant.code == russia.CODE else None
        if marking is None:
            return _refused(refused, meant)
        goods = ReceiptLine(name="", amount_minor=0, gtin=marking.gtin, serial=marking.serial)
        return Finding(format=None, kind=CodeKind.MARKING, lines=(goods,))


def _of_json(text: str, by: Inspector) -> list[Finding] | None:
    """The receipts in a document; else the codes that it quotes. None where it is no JSON."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        said = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    documents = _documents(said) if by.code in {None, russia.CODE} else []
    if documents:
        return [_of_document(one, by) for one in documents]
    for own, chain in certificates_in(said):
        by.keys.meet(austria.CODE, own, chain)
    codes = list(codes_in(said))
    _introduce(codes, by)
    return [_of_code(one, by) for one in codes] or [unreadable("no_receipt")]


def _introduce(codes: Sequence[str], by: Inspector) -> None:
    """Let the signers of receipts that lie together be known before the first of them is judged."""
    for text in codes if len(codes) > 1 and by.code in {None, austria.CODE} else ():
        if austria.detect(text):
            with suppress(ReceiptMalformed):
                judge(text, by.keys, code=austria.CODE)


def _documents(said: Any) -> list[Receipt | ReceiptMalformed]:
    try:
        return russia_documents.each_of(said)
    except ReceiptMalformed:
        return []


def _of_document(one: Receipt | ReceiptMalformed, by: Inspector) -> Finding:
    if isinstance(one, ReceiptMalformed):
        return _refused(one, FORMATS[russia.CODE])
    return _found(judged(one, russia_documents.verify(one, by.keys)), by)


def _of_raw(content: bytes, by: Inspector) -> Finding:
    try:
        return _of_document(russia_tlv.parse(content), by)
    except ReceiptMalformed as refused:
        return _of_document(refused, by)


def _found(one: Judged, by: Inspector) -> Finding:
    """A judged receipt as support reads it."""
    receipt, trust = one.receipt, one.trust
    refusal: DomainError | None = one.refusal
    evidence = [*one.evidence, *by.roll.compare(receipt)]
    if by.now and receipt.issued_at and receipt.issued_at > by.now.replace(tzinfo=None) + AHEAD_MAX:
        evidence.append(Evidence(EvidenceKind.RANGE, ok=False, detail="later than now"))
        trust, refusal = Trust.PARSED, refusal or ReceiptInFuture(field="t")
    return Finding(
        format=receipt.format,
        identity=receipt.identity,
        currency=receipt.currency,
        total_minor=receipt.total_minor,
        issued_at=receipt.issued_at.isoformat() if receipt.issued_at else None,
        operation=receipt.operation.value,
        trust=trust.value,
        evidence=tuple(evidence),
        lines=receipt.lines,
        refusal=refusal.slug if refusal else None,
        detail=_detail(refusal) if refusal else None,
    )


def _refused(refusal: DomainError, meant: FiscalFormat | None) -> Finding:
    return Finding(format=meant.code if meant else None, refusal=refusal.slug, detail=_detail(refusal))


def _detail(refusal: DomainError) -> str:
    return ", ".join(f"{name}: {fact}" for name, fact in refusal.facts.items()) or refusal.title


def _raw(content: bytes) -> bytes | None:
    """The bytes of a fiscal drive, bare or in letters; None where they are something else."""
    if russia_tlv.is_meant(content):
        return content.removesuffix(b"\n").removesuffix(b"\r") if not russia_tlv.detect(content) else content
    if len(content) > 3 * russia_tlv.DOCUMENT_BYTES_MAX:
        return None
    unpacked = None
    if _HEX.fullmatch(content.strip()):
        unpacked = bytes.fromhex(content.decode())
    elif _BASE64.fullmatch(content):
        try:
            unpacked = base64.b64decode(content)
        except binascii.Error:
            return None
    return unpacked if unpacked is not None and russia_tlv.is_meant(unpacked) else None


def _text(content: bytes) -> str | None:
    """The text of a file in whichever encoding an office program has left it; None where it is no text."""
    for mark, encoding in _BYTE_ORDERS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    beginning = content[:200]
    if 0 < len(beginning) // 2 == beginning[1::2].count(0):
        return content.decode("utf-16-le", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None if b"\0" in content else content.decode("utf-8-sig", "replace")


def _lines(text: str) -> list[str]:
    """A code a line. A marking and an order have marks within that are line ends to others."""
    ended_by = "\n" if "\n" in text or text.startswith(_ONE_CODE) else "\r"
    return [line.strip("\r\n") for line in text.split(ended_by) if line.strip()]
