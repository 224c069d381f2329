"""The audit's chain: every entry in one line of hashes, so that none is changed, moved or taken out unseen."""

import hashlib
from typing import Final

import msgspec

from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.proofs import Proof

_LOCK: Final = 0x6175_6469
_GENESIS: Final = bytes(32)
_DIGEST: Final = """sha256(convert_to(jsonb_build_array(entry.id, extract(epoch FROM entry.at), entry.who, entry.action,
                                                      entry.facts)::text, 'UTF8'))"""
# Up to this one every entry has its link. Numbers are given before a transaction ends, so a smaller one may still come;
# never an hour later.
_COMPLETE_TO: Final = """coalesce((SELECT entry_id FROM audit_link WHERE sealed_at < (
                            SELECT sealed_at FROM audit_link ORDER BY seq DESC LIMIT 1) - interval '1 hour'
                        ORDER BY seq DESC LIMIT 1), 0)"""


class AuditHead(msgspec.Struct, frozen=True):
    """The last link: publish it, and no entry before it can be taken out any more."""

    seq: int
    hash: str


async def seal(limit: int = 1_000) -> int:
    """Chain the entries that are not yet in it; one sealer at a time, nobody waits for it. Returns how many."""
    async with transaction():
        if not await fetch_value("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return 0
        entries = await fetch(
            f"""SELECT id, {_DIGEST} AS digest FROM audit_entry entry
                WHERE id > {_COMPLETE_TO} AND NOT EXISTS (SELECT FROM audit_link WHERE entry_id = entry.id)
                ORDER BY id LIMIT $1""",  # noqa: S608 - ours.
            limit,
        )
        last = await fetch_row("SELECT seq, hash FROM audit_link ORDER BY seq DESC LIMIT 1")
        seq, current = (last["seq"], last["hash"]) if last else (0, _GENESIS)
        hashes = []
        for entry in entries:
            current = hashlib.sha256(current + entry["digest"]).digest()
            hashes.append(current)
        await execute(
            """INSERT INTO audit_link (seq, entry_id, hash) SELECT $1 + place, id, hash
               FROM unnest($2::bigint[], $3::bytea[]) WITH ORDINALITY AS t (id, hash, place)""",
            seq,
            [entry["id"] for entry in entries],
            hashes,
        )
    return len(entries)


async def head() -> AuditHead:
    """Where the chain ends now."""
    last = await fetch_row("SELECT seq, hash FROM audit_link ORDER BY seq DESC LIMIT 1")
    return AuditHead(last["seq"], last["hash"].hex()) if last else AuditHead(0, _GENESIS.hex())


PROOFS = (
    Proof(
        "each entry of the audit is as it was written, and where it was",
        f"""SELECT 'audit entry ' || link.entry_id AS subject, NULL AS asset,
                   CASE WHEN entry.id IS NULL THEN 'it was taken out' ELSE 'it does not follow the one before' END
                       AS detail
            FROM (SELECT *, lag(seq, 1, 0::bigint) OVER one AS seq_before,
                         lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER one AS hash_before
                  FROM audit_link WINDOW one AS (ORDER BY seq)) AS link
            LEFT JOIN audit_entry entry ON entry.id = link.entry_id
            WHERE entry.id IS NULL OR link.seq <> seq_before + 1 OR link.hash <> sha256(hash_before || {_DIGEST})""",  # noqa: S608 - ours.
    ),
    Proof(
        "no entry was put into the audit afterwards",
        f"""SELECT 'audit entry ' || entry.id AS subject, NULL AS asset, 'it is older than what is chained' AS detail
            FROM audit_entry entry LEFT JOIN audit_link link ON link.entry_id = entry.id
            WHERE link.seq IS NULL AND entry.id <= {_COMPLETE_TO}""",  # noqa: S608 - ours.
    ),
)
