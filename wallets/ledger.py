"""The ledger: posting transfers, each once per key, in two statements however many there are."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from core import bundle
from core.bundle import Write
from core.db import execute, fetch
from core.ids import uuid7
from core.rows import columns, rows
from wallets.accounts import Account

_OPEN = """
    INSERT INTO account (id, kind, owner_id, asset)
    SELECT * FROM unnest(${}::uuid[], ${}::text[], ${}::uuid[], ${}::text[]) ON CONFLICT DO NOTHING
"""


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


_CELLS = rows(
    id="uuid",
    kind="text",
    reference="uuid",
    debit="uuid",
    credit="uuid",
    amount="bigint",
    asset="text",
    cause="text",
    reverses_id="uuid",
    debit_seq="bigint",
    debit_after="bigint",
    credit_seq="bigint",
    credit_after="bigint",
)
_POST = f"""
posted AS (
    INSERT INTO transfer (id, kind, reference, debit_account_id, credit_account_id, amount_minor, asset, cause,
                          reverses_id, debit_seq, debit_after_minor, credit_seq, credit_after_minor, batch_id,
                          created_at, digest)
    SELECT *, $14, now(), transfer_digest(id, kind, reference, debit, credit, amount, asset, cause, reverses_id, now())
    FROM ({_CELLS}) AS t
    RETURNING id, digest
), opened AS ({_OPEN.format(18, 19, 20, 21)}
), moved AS (
    UPDATE account SET balance_minor = balance_minor + delta, entries = entries + legs
    FROM unnest($15::uuid[], $16::bigint[], $17::bigint[]) AS t (account_id, delta, legs) WHERE account.id = account_id
), batch AS (
    INSERT INTO transfer_batch (id, digest, transfers, created_at)
    SELECT $14, sha256(string_agg(digest, ''::bytea ORDER BY id)), count(*), now() FROM posted
), unsealed AS (
    INSERT INTO unsealed_batch (batch_id) VALUES ($14)
)
"""  # noqa: S608 - our own text.


class Overdrawn(RuntimeError):
    """A transfer would take more than an account holds: whoever decides on a balance locks it and refuses in words."""


class _Running:
    """An agent's account under our lock, with what the transfers of this batch do to it."""

    __slots__ = ("balance_minor", "delta_minor", "entries", "legs")

    def __init__(self, balance_minor: int, entries: int) -> None:
        self.balance_minor = balance_minor
        self.entries = entries
        self.delta_minor = 0
        self.legs = 0

    def move(self, amount_minor: int) -> tuple[int, int]:
        """One more entry: its number, and what the account holds after it."""
        self.delta_minor += amount_minor
        self.legs += 1
        if self.balance_minor + self.delta_minor < 0:
            raise Overdrawn
        return self.entries + self.legs, self.balance_minor + self.delta_minor


_HOUSE = (None, None)


async def post(transfers: Sequence[Transfer]) -> None:
    """Post transfers in their order; joins the caller's transaction.

    It fails if a key was posted before, or if an account would be overdrawn.
    """
    if transfers:
        await bundle.write(await posting(transfers))


async def posting(transfers: Sequence[Transfer]) -> Write:
    """What `post` does once the agents' accounts are locked, to be carried out with what else is written.

    Joins the caller's transaction, which carries it out before it locks or posts anything else. There is a transfer at
    least.
    """
    sides = {account.id: account for transfer in transfers for account in (transfer.debit, transfer.credit)}
    running = await _lock(sides.values())
    debits, credits = [], []
    for transfer in transfers:
        debit, credit = running.get(transfer.debit.id), running.get(transfer.credit.id)
        debits.append(_HOUSE if debit is None else debit.move(-transfer.amount_minor))
        credits.append(_HOUSE if credit is None else credit.move(transfer.amount_minor))
    moved = columns(
        [transfer.id for transfer in transfers],
        [transfer.kind for transfer in transfers],
        [transfer.reference for transfer in transfers],
        [transfer.debit.id for transfer in transfers],
        [transfer.credit.id for transfer in transfers],
        [transfer.amount_minor for transfer in transfers],
        [transfer.debit.asset for transfer in transfers],
        [transfer.cause for transfer in transfers],
        [transfer.reverses_id for transfer in transfers],
        [seq for seq, _ in debits],
        [after_minor for _, after_minor in debits],
        [seq for seq, _ in credits],
        [after_minor for _, after_minor in credits],
    )
    return Write(
        _POST,
        (
            *moved,
            uuid7(),
            list(running),
            [account.delta_minor for account in running.values()],
            [account.legs for account in running.values()],
            *_rows([account for account in sides.values() if not account.running]),
        ),
    )


async def lock(accounts: Iterable[Account]) -> dict[UUID, int]:
    """Lock the agents' accounts among these, one order for everybody, and return their balances by account id.

    Joins the caller's transaction. Accounts that do not exist yet are opened.
    """
    return {account_id: account.balance_minor for account_id, account in (await _lock(accounts)).items()}


async def _lock(accounts: Iterable[Account]) -> dict[UUID, _Running]:
    wanted = {account.id: account for account in accounts if account.running}
    running = await _locked(wanted)
    if len(running) < len(wanted):
        await execute(_OPEN.format(1, 2, 3, 4), *_rows(list(wanted.values())))
        running = await _locked(wanted)
    return running


async def _locked(account_ids: Collection[UUID]) -> dict[UUID, _Running]:
    """All of these or, if one of them does not exist yet, none: a lock taken early would break the one order.

    Pending accounts come first: who credits holds them before he knows whether he has to release as well.
    """
    if not account_ids:
        return {}
    locked = await fetch(
        """SELECT id, balance_minor, entries FROM account
           WHERE id = ANY($1) AND (SELECT count(*) FROM account WHERE id = ANY($1)) = $2
           ORDER BY kind <> 'agent_pending', id FOR UPDATE""",
        list(account_ids),
        len(account_ids),
    )
    return {row["id"]: _Running(row["balance_minor"], row["entries"]) for row in locked}


def _rows(accounts: Collection[Account]) -> tuple[list[Any], ...]:
    """The columns of accounts to be opened, in the one order in which everybody opens them."""
    in_order = sorted(accounts, key=lambda account: account.id)
    return (
        [account.id for account in in_order],
        [account.kind.value for account in in_order],
        [account.owner_id for account in in_order],
        [account.asset for account in in_order],
    )
