"""Held scans: what was scanned before its goods were on sale is paid on activation, reviewed, or refused."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import msgspec

from codes.batches import CodeBatch
from codes.claims import AlreadyClaimed, Claim, ScanRequest, insert_scans
from codes.identities import ImportedCode
from codes.keyring import STAND_IN, Batch, Item, placed
from codes.packaging_code import PackagingCode, Role, key_bounds
from codes.ranges import Run, Stretch, joined
from codes.scans import evidence_of, expect
from core.db import execute, fetch
from programs.snapshot import current_snapshot
from referrals import activities, journal
from referrals.journal import Entry, JournalKind

# What agents are told; `expired` is the word for a campaign.
REFUSED = "risk_review"
GOODS_EXPIRED = "goods_expired"


async def pay(batch: CodeBatch, stretches: Sequence[Stretch], *, now: datetime) -> None:
    """Turn the earliest held scan of each code into a claim, as if it had come now, and tell the others.

    Only those received after the goods were shipped count: nobody can have opened a pack that was still here, so the
    earlier ones wait for a person. Joins the caller's transaction, as its last part.
    """
    early = await _put_into_review(batch, stretches, now=now)
    told = await _claim_earliest(batch, await _take(batch, stretches), now=now)
    await journal.write([*told, *map(_told_in_review, early)], at=now)


async def review(batch: CodeBatch, stretches: Sequence[Stretch], *, now: datetime) -> None:
    """Let a person decide about whatever waits for these goods; joins the caller's transaction, as its last part."""
    frozen = [msgspec.structs.replace(one, shipped_at=now) for one in stretches]
    await journal.write(list(map(_told_in_review, await _put_into_review(batch, frozen, now=now))), at=now)


async def refuse(batch: CodeBatch, stretches: Sequence[Stretch], *, reason: str, now: datetime) -> None:
    """Tell whoever waits for goods that never will be on sale; joins the caller's transaction, as its last part."""
    rows = await _take(batch, stretches, reviewed=True)
    await journal.write([_told_denied(row, reason=reason) for row in rows], at=now)


async def settle(batch: CodeBatch, row: Any, *, pays: bool, now: datetime) -> bool:
    """Do with one reviewed scan what a person has decided; joins the caller's transaction. True when it was paid."""
    await execute("DELETE FROM held_scan WHERE id = $1", row["id"])
    told = await _claim_earliest(batch, [row], now=now) if pays else [_told_denied(row, reason=REFUSED)]
    await journal.write(told, at=now)
    return pays and not told


async def _claim_earliest(batch: CodeBatch, rows: Sequence[Any], *, now: datetime) -> list[Entry]:
    """Claim each code for the first of those who wait for it; what the others are told."""
    earliest: dict[bytes, Any] = {}
    for row in rows:
        earliest.setdefault(row["code_key"], row)
    if not earliest:
        return []
    claims = await _claims(list(earliest.values()), batch, now=now)
    snapshot = await current_snapshot(age_seconds_max=0)
    await expect(claims, snapshot, now=now)
    accepted = await insert_scans(claims, now=now)
    await activities.accept([evidence_of(one, snapshot, now=now) for one in accepted])
    paid = {one.id for one in accepted}
    return [_told_denied(row, reason=AlreadyClaimed.slug) for row in rows if row["id"] not in paid]


async def _put_into_review(batch: CodeBatch, stretches: Sequence[Stretch], *, now: datetime) -> list[Any]:
    """Mark what came before its goods were shipped; it keeps its place, and a person decides."""
    shipped = [one for one in stretches if one.shipped_at is not None]
    if not shipped:
        return []
    return await fetch(
        """UPDATE held_scan SET in_review_since = $4
           FROM unnest($1::bytea[], $2::bytea[], $3::timestamptz[]) AS run (low, high, shipped_at)
           WHERE code_key >= low AND code_key < high AND received_at < shipped_at AND in_review_since IS NULL
           RETURNING id, code_key, agent_id, received_at""",
        *_bounds(batch, shipped),
        [one.shipped_at for one in shipped],
        now,
    )


async def _take(batch: CodeBatch, stretches: Sequence[Stretch], *, reviewed: bool = False) -> list[Any]:
    """The held scans of these indexes, removed, the earliest first; those in review only if said so."""
    rows = await fetch(
        """DELETE FROM held_scan USING unnest($1::bytea[], $2::bytea[]) AS run (low, high)
           WHERE code_key >= low AND code_key < high AND ($3 OR in_review_since IS NULL) RETURNING held_scan.*""",
        *_bounds(batch, joined(Run(one.first, one.stop) for one in stretches)),
        reviewed,
    )
    return sorted(rows, key=itemgetter("received_at", "id"))


def _bounds(batch: CodeBatch, runs: Iterable[Run | Stretch]) -> tuple[list[bytes], list[bytes]]:
    pairs = [key_bounds(batch.number, one.first, one.stop) for one in runs]
    return [low for low, _ in pairs], [high for _, high in pairs]


def _told_in_review(row: Any) -> Entry:
    return Entry(agent_id=row["agent_id"], kind=JournalKind.in_review, facts={"scan_id": row["id"]})


def _told_denied(row: Any, *, reason: str) -> Entry:
    facts = {"scan_id": row["id"], "reason": reason}
    return Entry(agent_id=row["agent_id"], kind=JournalKind.denied, facts=facts)


async def _claims(rows: Sequence[Any], batch: CodeBatch, *, now: datetime) -> list[Claim]:
    # Nothing is verified here, so no key is needed: the codes were, when they were scanned.
    found = Batch(None, batch.program_id, batch.product_id, None)
    items = await placed([Item(_code(row, batch), found, STAND_IN) for row in rows])
    return [
        Claim(row["id"], ScanRequest((), row["agent_id"], row["client_key"], row["scanned_at"], ()), item, now)
        for row, item in zip(rows, items, strict=True)
    ]


def _code(row: Any, batch: CodeBatch) -> PackagingCode | ImportedCode:
    index = int.from_bytes(row["code_key"], "big") & 0xFFFF_FFFF
    if batch.form is None:
        return PackagingCode(0, batch.number, index, Role.INNER)
    return ImportedCode(batch.number, index, batch.form, row["key_hash"])
