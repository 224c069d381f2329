"""Submissions: what an agent hands in, read as a receipt: a text, typed fields, or his own export."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from receipts.fiscal import registry, russia, russia_documents, russia_tlv
from receipts.fiscal.frame import Judged, Receipt, ReceiptMalformed, judged
from receipts.fiscal.keyring import KeyRing
from receipts.fiscal.registry import FORMATS

IDENTITY_MAX: Final = 300
EXPORT_RECEIPTS_MAX: Final = 500
_FIELDS: Final = frozenset({"t", "s", "fn", "i", "fp", "n"})
_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*", re.ASCII)


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """One receipt that was handed in: what it says, whose it is, and the caller's own key for it.

    A document is the agent's own export: it names the goods, and proves nothing about who bought them.
    """

    receipt: Receipt
    is_document: bool
    agent_id: UUID
    client_key: bytes
    request_hash: bytes
    program_id: UUID | None = None
    # It comes from a feed together with its agent's promo code, and waits for no pace.
    is_fed: bool = False

    def weighed(self, keys: KeyRing) -> Judged:
        """The receipt with all that speaks for and against it."""
        verify = russia_documents.verify if self.is_document else FORMATS[self.receipt.format].verify
        return judged(self.receipt, verify(self.receipt, keys))


def read(
    *,
    text: str | None = None,
    fields: Mapping[str, str] | None = None,
    document: str | None = None,
    agent_id: UUID,
    client_key: bytes,
    program_id: UUID | None = None,
) -> Submission:
    """Exactly one of the three, read. ReceiptMalformed names the field that is wrong."""
    given = [one for one in (text, fields, document) if one is not None]
    if len(given) != 1:
        raise ReceiptMalformed(problem="text_or_fields_or_document")
    if text is not None:
        receipt = registry.parse(text)
    elif fields is not None:
        receipt = _of_fields(fields)
    else:
        receipt = _of_document(document or "")
    if receipt.issued_at is None:
        raise ReceiptMalformed(field="t", problem="missing")
    if len(receipt.identity) > IDENTITY_MAX:
        raise ReceiptMalformed(field="number", problem="too_long")
    return Submission(
        receipt=receipt,
        is_document=document is not None,
        agent_id=agent_id,
        client_key=client_key,
        request_hash=hashlib.sha256(msgspec.json.encode((text, fields, document, program_id), order="sorted")).digest(),
        program_id=program_id,
    )


def read_export(
    document: str, *, agent_id: UUID, client_key: bytes, program_id: UUID | None = None
) -> list[Submission | ReceiptMalformed]:
    """Each receipt of an agent's export by itself, or what is wrong with it. Raises ReceiptMalformed of the whole."""
    found = russia_documents.parse_each(document)
    if len(found) > EXPORT_RECEIPTS_MAX:
        raise ReceiptMalformed(field="document", problem="too_many", receipts_max=EXPORT_RECEIPTS_MAX)
    return [
        one
        if isinstance(one, ReceiptMalformed)
        else _exported(one, agent_id=agent_id, client_key=client_key, program_id=program_id)
        for one in found
    ]


def _exported(
    receipt: Receipt, *, agent_id: UUID, client_key: bytes, program_id: UUID | None
) -> Submission | ReceiptMalformed:
    if receipt.issued_at is None:
        return ReceiptMalformed(field="t", problem="missing")
    return Submission(
        receipt=receipt,
        is_document=True,
        agent_id=agent_id,
        client_key=hashlib.blake2b(receipt.identity.encode(), digest_size=16, key=client_key).digest(),
        request_hash=hashlib.sha256(msgspec.json.encode((receipt, program_id))).digest(),
        program_id=program_id,
    )


def _of_fields(fields: Mapping[str, str]) -> Receipt:
    """What is printed on a Russian receipt, typed by hand: the one country where that is asked for."""
    for name in sorted(fields.keys() - _FIELDS):
        raise ReceiptMalformed(field=name, problem="unknown")
    return russia.typed(fields)


def _of_document(document: str) -> Receipt:
    if _BASE64.fullmatch(document):
        return russia_tlv.parse(_unpacked(document))
    found = russia_documents.parse(document)
    if len(found) > 1:
        raise ReceiptMalformed(field="document", problem="several_receipts")
    return found[0]


def _unpacked(document: str) -> bytes:
    try:
        return base64.b64decode(document)
    except (binascii.Error, ValueError):
        raise ReceiptMalformed(field="document", problem="not_base64") from None
