"""The chain: every batch of transfers in one line of hashes that cannot be rewritten unseen."""

import hashlib

import msgspec

from core.db import execute, fetch, fetch_row, fetch_value, transaction

GENESIS = bytes(32)
_LOCK = 0x6368_6169


class Head(msgspec.Struct, frozen=True):
    """The last link: publish it, and nothing before it can be changed any more."""

    seq: int
    hash: str


def link(before: bytes, batch_id: bytes, digest: bytes) -> bytes:
    """The hash of a batch behind another."""
    return hashlib.sha256(before + batch_id + digest).digest()


async def seal(limit: int = 5_000) -> int:
    """Chain the batches that are not yet in it; one sealer at a time, workers never wait for it. Returns how many."""
    async with transaction():
        if not await fetch_value("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return 0
        batches = await fetch(
            """SELECT batch.id, batch.digest FROM unsealed_batch JOIN transfer_batch batch ON batch.id = batch_id
               ORDER BY batch.created_at, batch.id LIMIT $1""",
            limit,
        )
        last = await fetch_row("SELECT seq, hash FROM chain_link ORDER BY seq DESC LIMIT 1")
        seq, current = (last["seq"], last["hash"]) if last else (0, GENESIS)
        hashes = []
        for batch in batches:
            current = link(current, batch["id"].bytes, batch["digest"])
            hashes.append(current)
        ids = [batch["id"] for batch in batches]
        await execute(
            """INSERT INTO chain_link (seq, batch_id, hash) SELECT $1 + place, id, hash
               FROM unnest($2::uuid[], $3::bytea[]) WITH ORDINALITY AS t (id, hash, place)""",
            seq,
            ids,
            hashes,
        )
        await execute("DELETE FROM unsealed_batch WHERE batch_id = ANY($1)", ids)
    return len(ids)


async def head() -> Head:
    """Where the chain ends now."""
    last = await fetch_row("SELECT seq, hash FROM chain_link ORDER BY seq DESC LIMIT 1")
    return Head(last["seq"], last["hash"].hex()) if last else Head(0, GENESIS.hex())
