"""Attribution as a program wants it: which evidence of a sale is the strongest, and whose a customer is afterwards."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.db import fetch


class EvidenceKind(StrEnum):
    """By what a sale may be somebody's; the strongest first, unless a program says otherwise."""

    PROMO_CODE = "promo_code"
    PACKAGING_CODE = "packaging_code"
    RECEIPT = "receipt"
    LINK = "link"
    CUSTOMER_KEY = "customer_key"


class AttributionPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who gets a sale in a program; kinds of evidence that `priority` does not name come after those that it names."""

    priority: Annotated[tuple[EvidenceKind, ...], Meta(max_length=len(EvidenceKind))] = tuple(EvidenceKind)
    # Whether a customer who comes with another agent's code while a window is open is that agent's from then on.
    takeover: bool = True
    # For how long after his last order the program knows a customer again, and he is not a new one.
    remembers_days: Annotated[int, Meta(ge=1, le=3660)] = 1_095

    def rank(self, kind: EvidenceKind) -> int:
        """The lower, the stronger."""
        return [*self.priority, *EvidenceKind].index(kind)


DEFAULT_POLICY = AttributionPolicy()


async def policies() -> dict[UUID, AttributionPolicy]:
    """By program the policies that somebody has set."""
    return {row["program_id"]: decode_policy(row["policy"]) for row in await fetch("SELECT * FROM attribution_policy")}


_decoder = msgspec.json.Decoder(AttributionPolicy)
decode_policy = _decoder.decode
