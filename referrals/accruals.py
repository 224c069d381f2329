"""Accruals: what a rule computed for somebody, credited or denied, written once per activity, rule and beneficiary."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from core.bundle import Write
from core.db import execute, fetch, fetch_value
from core.ids import uuid7
from core.rows import columns, rows
from programs.decision import Grant
from programs.facts import Facts
from programs.reasons import Reason
from referrals.journal import Entry, JournalKind
from wallets.credits import Credit, Released, release_date

NO_CAMPAIGN = "no_campaign"

# The moment of the statement, not of the transaction: an agent's activities are settled in the order of these moments.
_CELLS = rows(
    id="uuid",
    activity_id="uuid",
    campaign_id="uuid",
    effect="smallint",
    agent_id="uuid",
    campaign_version="int",
    beneficiary="text",
    asset="text",
    amount_minor="bigint",
    state="text",
    reason="text",
    releases_at="timestamptz",
)
_INSERT = f"""
INSERT INTO accrual (id, activity_id, campaign_id, effect, agent_id, campaign_version, beneficiary, asset, amount_minor,
                     state, reason, releases_at, created_at)
SELECT *, statement_timestamp() FROM ({_CELLS}) AS t
"""  # noqa: S608 - our own text.
_WRITE = f"""
{_INSERT}
ON CONFLICT (activity_id, campaign_id, effect, agent_id, part) DO UPDATE SET
    state = excluded.state, reason = excluded.reason, amount_minor = excluded.amount_minor, asset = excluded.asset,
    campaign_version = excluded.campaign_version, releases_at = excluded.releases_at
WHERE accrual.state IN ('denied', 'canceled', 'waiting')
RETURNING id, activity_id, campaign_id, effect, agent_id
"""


class Held(NamedTuple):
    """What a rule came to for an activity, and what returns have left of that."""

    worth_minor: int
    left_minor: int


class Accrual(msgspec.Struct, kw_only=True):
    """One accrual on its way into the database; its id is the row's once it was written."""

    activity_id: UUID
    cause: str
    campaign_id: UUID | None
    version: int | None = None
    effect: int = 0
    beneficiary: str = "agent"
    agent_id: UUID
    asset: str | None = None
    amount_minor: int = 0
    state: Literal["credited", "denied"]
    reason: str | None = None
    releases_at: datetime | None = None
    expires_after_days: int | None = None
    debt_share_basis_points: int = 0
    # What its agent gave up of it for a customer's discount.
    given_minor: int = 0
    # What the rule came to before other proofs of the purchase were set against it.
    worth_minor: int | None = None
    id: UUID = msgspec.field(default_factory=uuid7)

    @classmethod
    def granted(cls, facts: Facts, grant: Grant, *, cause: str, denied: Reason | None = None) -> "Accrual":
        """What a rule gives, or would have given if its budget or a limit had not been used up."""
        return cls(
            activity_id=facts.activity_id,
            cause=cause,
            campaign_id=grant.campaign_id,
            version=grant.version,
            effect=grant.effect,
            beneficiary=str(grant.beneficiary),
            agent_id=grant.beneficiary_agent_id,
            asset=grant.asset,
            amount_minor=grant.amount_minor,
            state="denied" if denied else "credited",
            reason=denied.value if denied else None,
            releases_at=release_date(facts.accepted_at, grant.wait_seconds),
            expires_after_days=grant.expires_after_days,
            debt_share_basis_points=grant.debt_share_basis_points,
            given_minor=grant.given_minor,
            worth_minor=grant.worth_minor,
        )

    @classmethod
    def nothing(cls, facts: Facts, reason: Reason | None, *, cause: str) -> "Accrual":
        """No rule gives anything: that too has its row and its reason."""
        return cls(
            activity_id=facts.activity_id,
            cause=cause,
            campaign_id=None,
            agent_id=facts.agent_id,
            state="denied",
            reason=reason.value if reason else NO_CAMPAIGN,
        )

    @property
    def key(self) -> tuple[UUID, UUID | None, int, UUID]:
        return self.activity_id, self.campaign_id, self.effect, self.agent_id

    def credit(self) -> Credit:
        """The money of a credited accrual."""
        if self.campaign_id is None or self.asset is None or self.releases_at is None:
            raise ValueError("only what a campaign gave has money")
        return Credit(
            accrual_id=self.id,
            agent_id=self.agent_id,
            campaign_id=self.campaign_id,
            asset=self.asset,
            amount_minor=self.amount_minor,
            releases_at=self.releases_at,
            expires_after_days=self.expires_after_days,
            debt_share_basis_points=self.debt_share_basis_points,
            cause=self.cause,
        )

    def told(self) -> Entry:
        """What the agent is told of it."""
        kind = JournalKind.credited if self.state == "credited" else JournalKind.denied
        facts = {
            "accrual_id": self.id,
            "amount_minor": self.amount_minor,
            "asset": self.asset,
            "reason": self.reason,
            "available_at": self.releases_at,
        }
        if self.given_minor:
            facts["given_minor"] = self.given_minor
        return Entry(agent_id=self.agent_id, kind=kind, activity_id=self.activity_id, facts=facts)


def told_released(lot: Released) -> Entry:
    """What the agent is told of money that is now his to spend."""
    facts = {
        "accrual_id": lot.lot_id,
        "amount_minor": lot.amount_minor,
        "asset": lot.asset,
        "repaid_minor": lot.repaid_minor,
    }
    return Entry(agent_id=lot.agent_id, kind=JournalKind.available, activity_id=None, facts=facts)


async def write(accruals: Sequence[Accrual]) -> list[Accrual]:
    """Write accruals, each getting its row's id, and return them; joins the caller's transaction.

    One that was credited before is left alone, and is not among those returned.
    """
    written = await fetch(_WRITE, *_arguments(accruals))
    ids = {row["id"] for row in written}
    found = [one for one in accruals if one.id in ids]
    return found if len(found) == len(written) else _with_their_ids(accruals, written)


def writing(accruals: Sequence[Accrual]) -> Write:
    """What writes the accruals of an activity that is new itself, to be carried out with what else is written."""
    return Write(f"written_accruals AS ({_INSERT})", tuple(_arguments(accruals)))


def _arguments(accruals: Sequence[Accrual]) -> list[Sequence[Any]]:
    return columns(
        [one.id for one in accruals],
        [one.activity_id for one in accruals],
        [one.campaign_id for one in accruals],
        [one.effect for one in accruals],
        [one.agent_id for one in accruals],
        [one.version for one in accruals],
        [one.beneficiary for one in accruals],
        [one.asset for one in accruals],
        [one.amount_minor for one in accruals],
        [one.state for one in accruals],
        [one.reason for one in accruals],
        [one.releases_at for one in accruals],
    )


async def write_part(accrual: Accrual, *, part: int) -> None:
    """Write a further part of what a rule gives, over one that was denied; joins the caller's transaction."""
    accrual.id = await fetch_value(
        """INSERT INTO accrual (id, activity_id, campaign_id, effect, agent_id, part, campaign_version, beneficiary,
                                asset, amount_minor, state, reason, releases_at, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, statement_timestamp())
           ON CONFLICT (activity_id, campaign_id, effect, agent_id, part) DO UPDATE SET
               state = excluded.state, reason = excluded.reason, amount_minor = excluded.amount_minor,
               releases_at = excluded.releases_at
           RETURNING id""",
        accrual.id,
        accrual.activity_id,
        accrual.campaign_id,
        accrual.effect,
        accrual.agent_id,
        part,
        accrual.version,
        accrual.beneficiary,
        accrual.asset,
        accrual.amount_minor,
        accrual.state,
        accrual.reason,
        accrual.releases_at,
    )


async def write_worths(accruals: Sequence[Accrual]) -> None:
    """Remember what rules came to before other proofs were set against it; joins the caller's transaction."""
    await execute(
        """UPDATE accrual SET worth_minor = t.worth_minor, left_minor = NULL
           FROM unnest($1::uuid[], $2::bigint[]) AS t (id, worth_minor) WHERE accrual.id = t.id""",
        [one.id for one in accruals],
        [one.worth_minor for one in accruals],
    )


def _with_their_ids(accruals: Sequence[Accrual], written: Sequence[Any]) -> list[Accrual]:
    """Those that were written, where some had been denied before and keep the id that they had then."""
    ids = {(row["activity_id"], row["campaign_id"], row["effect"], row["agent_id"]): row["id"] for row in written}
    found = [one for one in accruals if one.key in ids]
    for one in found:
        one.id = ids[one.key]
    return found


async def shares_of(
    activity_ids: Sequence[UUID], *, due: bool = False
) -> dict[UUID, dict[tuple[UUID, int, UUID], Held]]:
    """What the rules came to for each of these activities and what is left of it, paid or not.

    With `due` without what found no room, or gave way.
    """
    found: dict[UUID, dict[tuple[UUID, int, UUID], Held]] = {activity_id: {} for activity_id in activity_ids}
    for row in await fetch(
        """SELECT activity_id, campaign_id, effect, agent_id, coalesce(worth_minor, amount_minor) AS worth_minor,
                  coalesce(left_minor, CASE state WHEN 'clawed_back' THEN 0
                      ELSE coalesce(worth_minor, amount_minor) - clawed_minor END) AS left_minor
           FROM accrual WHERE activity_id = ANY($1) AND part = 0 AND campaign_id IS NOT NULL
             AND (NOT $2 OR state IN ('credited', 'clawed_back') OR state = 'denied' AND reason = ANY($3))""",
        list(activity_ids),
        due,
        [Reason.PURCHASE_PAID.value, Reason.GOODS_RETURNED.value],
    ):
        key = row["campaign_id"], row["effect"], row["agent_id"]
        found[row["activity_id"]][key] = Held(row["worth_minor"], row["left_minor"])
    return found


async def write_shares(shares: Mapping[UUID, Mapping[tuple[UUID, int, UUID], Held]]) -> None:
    """Write down what rules came to, and what is left of it; joins the caller's transaction."""
    rows = [(activity_id, *key, *held) for activity_id, found in shares.items() for key, held in found.items()]
    await execute(
        """UPDATE accrual SET worth_minor = t.worth_minor, left_minor = t.left_minor
           FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::uuid[], $5::bigint[], $6::bigint[])
               AS t (activity_id, campaign_id, effect, agent_id, worth_minor, left_minor)
           WHERE accrual.activity_id = t.activity_id AND accrual.campaign_id = t.campaign_id
             AND accrual.effect = t.effect AND accrual.agent_id = t.agent_id AND part = 0""",
        *([row[place] for row in rows] for place in range(6)),
    )


async def campaigns_paying(first_id: UUID) -> set[UUID]:
    """The campaigns that have paid for an activity or for what was added to it."""
    rows = await fetch(
        """SELECT DISTINCT campaign_id FROM accrual
           WHERE activity_id = ANY(SELECT activity_id FROM activity_addition WHERE first_id = $1 UNION ALL SELECT $1)
             AND state IN ('credited', 'clawed_back')""",
        first_id,
    )
    return {row["campaign_id"] for row in rows}


async def paid_for(activity_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, int]]:
    """By which version each campaign has paid for each of these activities, whatever was taken back since."""
    found = await fetch(
        """SELECT activity_id, campaign_id, campaign_version FROM accrual
           WHERE activity_id = ANY($1) AND state IN ('credited', 'clawed_back')""",
        activity_ids,
    )
    paid: dict[UUID, dict[UUID, int]] = {}
    for row in found:
        paid.setdefault(row["activity_id"], {})[row["campaign_id"]] = row["campaign_version"]
    return paid
