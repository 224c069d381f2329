"""Signers: the keys of tills that were pinned or met, kept in the database round a proof that knows none."""

from datetime import datetime

from core import audit
from core.db import execute, fetch_row, transaction
from core.ids import uuid7
from receipts.fiscal.keyring import KeyRing
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
