"""Signers: the keys of tills that were pinned or met, kept in the database round a proof that knows none."""

from datetime import datetime
from uuid import UUID

import msgspec

from core import audit
from core.db import execute, fetch, fetch_row, transaction
from core.ids import uuid7
from core.refusals import Unprocessable
from receipts.fiscal.keyring import KeyRing, KeysUnreadable, point_in, signer_name
from receipts.tills import Signer

PINNED, FIRST_USE = "pinned", "first_use"


async def ring_of(signer: Signer | None) -> KeyRing:
    """What is known of a signer; joins the caller's transaction, which holds the till."""
    if signer is None:
        return KeyRing()
    row = await fetch_row("SELECT source, points FROM fiscal_key WHERE format = $1 AND signer = $2", *signer)
    if row is None:
        return KeyRing()
    if row["source"] == PINNED:
        return KeyRing({signer: row["points"][0]})
    return KeyRing(met={signer: frozenset(row["points"])})


async def remember(signer: Signer | None, ring: KeyRing, *, now: datetime) -> None:
    """Keep the keys that are left for a signer after a receipt of his was taken in; what is pinned stays."""
    met = ring.met(*signer) if signer is not None else frozenset()
    if signer is None or not met:
        return
    await execute(
        """INSERT INTO fiscal_key (id, format, signer, source, points, met_at) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (format, signer) DO UPDATE SET points = excluded.points, met_at = excluded.met_at
           WHERE fiscal_key.source <> 'pinned'""",
        uuid7(),
        *signer,
        FIRST_USE,
        sorted(met),
        now,
    )


class PinnedKey(msgspec.Struct, frozen=True):
    """A signer's key that is remembered: pinned by somebody, or the only ones that can have signed so far."""

    id: UUID
    format: str
    signer: str
    source: str
    keys: list[str]
    met_at: datetime


class FiscalKeyUnreadable(Unprocessable):
    slug = "fiscal_key_unreadable"
    title = "This is no certificate and no public key of an elliptic curve, as base64 of DER"


async def pin_encoded(code: str, signer: str, encoded: str, *, by: str) -> PinnedKey:
    """Vouch for a signer's key as it is handed on. Raises FiscalKeyUnreadable."""
    try:
        point = point_in(signer, encoded)
    except KeysUnreadable as wrong:
        raise FiscalKeyUnreadable(detail=str(wrong)) from None
    meant = Signer(code, signer_name(code, signer))
    await pin(meant, point, by=by)
    [pinned] = await listed(meant)
    return pinned


async def listed(signer: Signer | None = None, *, after: UUID | None = None, limit: int = 500) -> list[PinnedKey]:
    """The keys that are remembered, of one signer or of all."""
    rows = await fetch(
        """SELECT id, format, signer, source, points AS keys, met_at FROM fiscal_key
           WHERE ($1::text IS NULL OR (format = $1 AND signer = $2)) AND ($3::uuid IS NULL OR id > $3)
           ORDER BY id LIMIT $4""",
        signer.format if signer else None,
        signer.name if signer else None,
        after,
        limit,
    )
    return [PinnedKey(**(dict(row) | {"keys": [one.hex() for one in row["keys"]]})) for row in rows]


async def pin(signer: Signer, point: bytes, *, by: str) -> None:
    """Vouch for a signer's key, whatever was met before."""
    async with transaction() as now:
        await execute(
            """INSERT INTO fiscal_key (id, format, signer, source, points, met_at) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (format, signer) DO UPDATE SET source = excluded.source, points = excluded.points,
                   met_at = excluded.met_at""",
            uuid7(),
            *signer,
            PINNED,
            [point],
            now,
        )
        await audit.record(by, "fiscal_key.pin", format=signer.format, signer=signer.name)
