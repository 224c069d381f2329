"""The ledger: posting transfers, each once per key, in two statements however many there are."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from core.db import execute, fetch
from core.ids import uuid7
from wallets.accounts import Account


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """An amount that is to leave `debit` for `credit`; (kind, reference) is its key, for ever."""

    kind: str
    reference: UUID
    debit: Account
    credit: Account
    amount_minor: int
    cause: str
    reverses_id: UUID | None = None
    id: UUID = msgspec.field(default_factory=uuid7)


# Accounts that this process has seen committed; an account is never deleted, so what was seen stays true.
_seen: set[UUID] = set()
_SEEN_MAX = 500_000

_POST = """
WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::text[], $8::text[],
                         $9::uuid[])
        WITH ORDINALITY AS t (id, kind, reference, debit, credit, amount, asset, cause, reverses_id, place)
), fresh AS (
    SELECT * FROM input WHERE NOT EXISTS (
        SELECT FROM transfer WHERE transfer.kind = input.kind AND transfer.reference = input.reference)
), leg AS (
    SELECT id, place, debit AS account_id, -amount AS delta, true AS is_debit FROM fresh WHERE debit = ANY($10)
    UNION ALL
    SELECT id, place, credit, amount, false FROM fresh WHERE credit = ANY($10)
), entry AS (
    SELECT leg.id, leg.is_debit, account.entries + row_number() OVER one AS seq,
           account.balance_minor + sum(leg.delta) OVER one AS after
    FROM leg JOIN account ON account.id = leg.account_id
    WINDOW one AS (PARTITION BY leg.account_id ORDER BY leg.place)
), posted AS (
    INSERT INTO transfer (id, kind, reference, debit_account_id, credit_account_id, amount_minor, asset, cause,
                          reverses_id, batch_id, debit_seq, debit_after_minor, credit_seq, credit_after_minor, created_at,
                          digest)
    SELECT fresh.id, kind, reference, debit, credit, amount, asset, cause, reverses_id, $11, d.seq, d.after, c.seq, c.after,
           now(), transfer_digest(fresh.id, kind, reference, debit, credit, amount, asset, cause, reverses_id, now())
    FROM fresh
    LEFT JOIN entry d ON d.id = fresh.id AND d.is_debit
    LEFT JOIN entry c ON c.id = fresh.id AND NOT c.is_debit
    ORDER BY place
    RETURNING id, digest
), moved AS (
    UPDATE account SET balance_minor = account.balance_minor + total.delta, entries = account.entries + total.legs
    FROM (SELECT account_id, sum(delta) AS delta, count(*) AS legs FROM leg GROUP BY account_id) total
    WHERE account.id = total.account_id
), batch AS (
    INSERT INTO transfer_batch (id, digest, transfers, created_at)
    SELECT $11, sha256(string_agg(digest, ''::bytea ORDER BY id)), count(*), now() FROM posted HAVING count(*) > 0
    RETURNING id
), unsealed AS (
    INSERT INTO unsealed_batch (batch_id) SELECT id FROM batch
)
SELECT id FROM posted
"""


async def post(transfers: Sequence[Transfer]) -> set[UUID]:
    """Post transfers in their order, skipping those whose key was posted before; joins the caller's transaction.

    Returns the ids that were posted now. A transfer that would overdraw an agent's account fails the transaction: whoever
    decides on a balance locks it first and refuses in words.
    """
    if not transfers:
        return set()
    await lock([account for transfer in transfers for account in (transfer.debit, transfer.credit)])
    rows = await fetch(
        _POST,
        [transfer.id for transfer in transfers],
        [transfer.kind for transfer in transfers],
        [transfer.reference for transfer in transfers],
        [transfer.debit.id for transfer in transfers],
        [transfer.credit.id for transfer in transfers],
        [transfer.amount_minor for transfer in transfers],
        [transfer.debit.asset for transfer in transfers],
        [transfer.cause for transfer in transfers],
        [transfer.reverses_id for transfer in transfers],
        list({side.id for transfer in transfers for side in (transfer.debit, transfer.credit) if side.running}),
        uuid7(),
    )
    return {row["id"] for row in rows}


async def lock(accounts: Iterable[Account]) -> dict[UUID, int]:
    """Lock the agents' accounts among these, one order for everybody, and return their balances by account id.

    Joins the caller's transaction. Accounts that do not exist yet are opened.
    """
    wanted = {account.id: account for account in accounts}
    balances = await _locked(wanted)
    unknown = [account for account_id, account in wanted.items() if account_id not in balances and account_id not in _seen]
    if unknown:
        await _open(unknown)
        balances |= await _locked({account.id: account for account in unknown})
    return balances


async def _locked(accounts: dict[UUID, Account]) -> dict[UUID, int]:
    running = sorted(account_id for account_id, account in accounts.items() if account.running)
    if not running:
        return {}
    rows = await fetch("SELECT id, balance_minor FROM account WHERE id = ANY($1) ORDER BY id FOR UPDATE", running)
    return {row["id"]: row["balance_minor"] for row in rows}


async def _open(accounts: Sequence[Account]) -> None:
    known = await fetch("SELECT id FROM account WHERE id = ANY($1)", [account.id for account in accounts])
    _remember(row["id"] for row in known)
    missing = sorted((account for account in accounts if account.id not in _seen), key=lambda account: account.id)
    if missing:
        await execute(
            """INSERT INTO account (id, kind, owner_id, asset)
               SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[]) ON CONFLICT DO NOTHING""",
            [account.id for account in missing],
            [account.kind.value for account in missing],
            [account.owner_id for account in missing],
            [account.asset for account in missing],
        )


def _remember(account_ids: Iterable[UUID]) -> None:
    if len(_seen) > _SEEN_MAX:
        _seen.clear()
    _seen.update(account_ids)


def forget() -> None:
    """Forget which accounts this process has seen: after a database was replaced under it."""
    _seen.clear()
