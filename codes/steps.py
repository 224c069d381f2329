"""Steps: accepted scans as the watch walks over them, each with its program and the place where its code lies."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from core.db import fetch

_OWN_KEY_BYTES: Final = 8
_INDEX_BITS: Final = 32


class Step(msgspec.Struct, frozen=True):
    """An accepted scan: whose it is, in which program, and the batch and index of its code if it is of our making."""

    scan_id: UUID
    agent_id: UUID
    program_id: UUID
    place: tuple[int, int] | None


async def steps_of(scans: Sequence[Any]) -> list[Step]:
    """Rows of scans with their programs."""
    rows = await fetch(
        "SELECT id, program_id FROM product WHERE id = ANY($1)", list({scan["product_id"] for scan in scans})
    )
    programs = {row["id"]: row["program_id"] for row in rows}
    return [
        Step(scan["id"], scan["agent_id"], programs[scan["product_id"]], place_of(scan["code_key"])) for scan in scans
    ]


def place_of(code_key: bytes) -> tuple[int, int] | None:
    """The batch and the index of a code of ours; None for an imported one, whose key says nothing of its neighbours."""
    if len(code_key) != _OWN_KEY_BYTES:
        return None
    packed = int.from_bytes(code_key, "big")
    return packed >> _INDEX_BITS, packed & (1 << _INDEX_BITS) - 1
