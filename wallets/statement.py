"""What an agent sees of his money: the balance, and every entry in order, by cursor."""

from datetime import datetime
from uuid import UUID

import msgspec

from core.db import fetch
from wallets import accounts
from wallets.accounts import AccountKind

_SHOWN = (
    AccountKind.agent_pending,
    AccountKind.agent_available,
    AccountKind.agent_reserved,
    AccountKind.agent_debt,
)


class Balance(msgspec.Struct, frozen=True):
    """One asset of a wallet in minor units; `next_release_at` is when the next pending money becomes available.

    Of what is pending, `held_minor` waits for a person who looks into it, whatever its date.
    """

    asset: str
    pending_minor: int
    available_minor: int
    reserved_minor: int
    debt_minor: int
    next_release_at: datetime | None
    next_expiry_at: datetime | None
    held_minor: int = 0


class Entry(msgspec.Struct, frozen=True):
    """One movement on one of the agent's accounts; `after_minor` is what the account held then."""

    seq: int
    transfer_id: UUID
    kind: str
    account: str
    amount_minor: int
    after_minor: int
    cause: str
    created_at: datetime


async def balances(agent_id: UUID) -> list[Balance]:
    """Every asset that the agent ever had."""
    rows = await fetch(
        """SELECT account.asset,
                  sum(balance_minor) FILTER (WHERE kind = 'agent_pending')::bigint AS pending,
                  sum(balance_minor) FILTER (WHERE kind = 'agent_available')::bigint AS available,
                  sum(balance_minor) FILTER (WHERE kind = 'agent_reserved')::bigint AS reserved,
                  sum(balance_minor) FILTER (WHERE kind = 'agent_debt')::bigint AS debt,
                  (SELECT min(releases_at) FROM lot WHERE lot.agent_id = $1 AND lot.asset = account.asset
                   AND state = 'pending' AND holds = 0 AND remaining_minor > 0) AS next_release_at,
                  (SELECT sum(remaining_minor)::bigint FROM lot WHERE lot.agent_id = $1 AND lot.asset = account.asset
                   AND holds > 0) AS held,
                  (SELECT min(expires_at) FROM lot WHERE lot.agent_id = $1 AND lot.asset = account.asset
                   AND state = 'available' AND remaining_minor > 0) AS next_expiry_at
           FROM account WHERE owner_id = $1 AND kind = ANY($2) GROUP BY account.asset ORDER BY account.asset""",
        agent_id,
        [kind.value for kind in _SHOWN],
    )
    return [
        Balance(
            asset=row["asset"],
            pending_minor=row["pending"] or 0,
            available_minor=row["available"] or 0,
            reserved_minor=row["reserved"] or 0,
            debt_minor=row["debt"] or 0,
            next_release_at=row["next_release_at"],
            next_expiry_at=row["next_expiry_at"],
            held_minor=row["held"] or 0,
        )
        for row in rows
    ]


async def entries(agent_id: UUID, *, kind: AccountKind, asset: str, before: int | None, limit: int) -> list[Entry]:
    """Entries of one account, newest first, those with a `seq` below `before`.

    Entries are numbered under the account's lock, so a page never changes once it was shown.
    """
    account = accounts.Account(kind, agent_id, asset)
    rows = await fetch(
        """SELECT * FROM (
               (SELECT id, kind, credit_seq AS seq, amount_minor, credit_after_minor AS after, cause, created_at
                FROM transfer WHERE credit_account_id = $1 AND credit_seq < $2 ORDER BY credit_seq DESC LIMIT $3)
               UNION ALL
               (SELECT id, kind, debit_seq, -amount_minor, debit_after_minor, cause, created_at
                FROM transfer WHERE debit_account_id = $1 AND debit_seq < $2 ORDER BY debit_seq DESC LIMIT $3)
           ) AS entry ORDER BY seq DESC LIMIT $3""",
        account.id,
        before if before is not None else 2**62,
        limit,
    )
    return [
        Entry(
            seq=row["seq"],
            transfer_id=row["id"],
            kind=row["kind"],
            account=kind.value,
            amount_minor=row["amount_minor"],
            after_minor=row["after"],
            cause=row["cause"],
            created_at=row["created_at"],
        )
        for row in rows
    ]
