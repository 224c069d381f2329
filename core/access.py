"""Access keys: who of the maker's, of a shop's, of an integration's may do what."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from core import audit, tokens
from core.db import execute, fetch, fetch_row, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound


class SecondPersonNeeded(Conflict):
    slug = "second_person_needed"
    title = "Somebody else has to confirm this"


class Role(StrEnum):
    """What the holder of a key is to the maker."""

    owner = "owner"
    marketer = "marketer"
    moderator = "moderator"
    finance = "finance"
    auditor = "auditor"
    terminal = "terminal"
    erp = "erp"
    cashier = "cashier"


class Scope(StrEnum):
    """One thing that may be done; a route names the one that it needs."""

    programs_read = "programs:read"
    programs_write = "programs:write"
    campaigns_read = "campaigns:read"
    campaigns_write = "campaigns:write"
    codes_read = "codes:read"
    codes_issue = "codes:issue"
    codes_activate = "codes:activate"
    codes_export = "codes:export"
    spends_capture = "spends:capture"
    orders_write = "orders:write"
    ledger_read = "ledger:read"
    ledger_correct = "ledger:correct"
    settlements_read = "settlements:read"
    settlements_dispute = "settlements:dispute"
    settlements_write = "settlements:write"
    disputes_answer = "disputes:answer"
    risks_decide = "risks:decide"
    receipts_review = "receipts:review"
    operations_read = "operations:read"
    operations_write = "operations:write"
    keys_write = "keys:write"
    staff_write = "staff:write"
    rewards_write = "rewards:write"
    rewards_stock = "rewards:stock"
    rewards_give = "rewards:give"


_READS = frozenset(
    {
        Scope.programs_read,
        Scope.campaigns_read,
        Scope.codes_read,
        Scope.ledger_read,
        Scope.settlements_read,
        Scope.operations_read,
    }
)

SCOPES: dict[Role, frozenset[Scope]] = {
    Role.owner: frozenset(Scope),
    Role.marketer: frozenset(
        {
            Scope.programs_read,
            Scope.programs_write,
            Scope.campaigns_read,
            Scope.campaigns_write,
            Scope.codes_read,
            Scope.codes_issue,
            Scope.codes_activate,
            Scope.rewards_write,
        }
    ),
    Role.moderator: frozenset(
        {
            Scope.codes_read,
            Scope.operations_read,
            Scope.disputes_answer,
            Scope.risks_decide,
            Scope.receipts_review,
        }
    ),
    Role.finance: frozenset(
        {
            *_READS,
            Scope.settlements_dispute,
            Scope.settlements_write,
            Scope.ledger_correct,
            Scope.spends_capture,
            Scope.rewards_stock,
        }
    ),
    Role.auditor: _READS,
    Role.terminal: frozenset(
        {
            Scope.settlements_read,
            Scope.settlements_dispute,
            Scope.spends_capture,
            Scope.orders_write,
            Scope.rewards_give,
        }
    ),
    Role.erp: frozenset(
        {
            Scope.programs_read,
            Scope.programs_write,
            Scope.codes_read,
            Scope.codes_issue,
            Scope.codes_activate,
            Scope.codes_export,
            Scope.spends_capture,
            Scope.orders_write,
            Scope.rewards_give,
        }
    ),
    Role.cashier: frozenset(
        {Scope.settlements_read, Scope.settlements_dispute, Scope.orders_write, Scope.rewards_give}
    ),
}


class Holder(msgspec.Struct, frozen=True):
    """Whoever may do something by his role; `program_id` or `shop_id` confine him to one."""

    id: UUID
    name: str
    role: Role
    program_id: UUID | None = None
    shop_id: UUID | None = None

    @property
    def scopes(self) -> frozenset[Scope]:
        return SCOPES[self.role]

    @property
    def who(self) -> str:
        """The holder in one word, as it stands in the audit."""
        raise NotImplementedError


class KeyHolder(Holder, frozen=True):
    """Whoever presented a valid access key."""

    @property
    def who(self) -> str:
        return f"key:{self.id}"


class AccessKeyView(msgspec.Struct, frozen=True):
    """An access key as a list shows it; the token itself was shown once."""

    id: UUID
    name: str
    role: Role
    program_id: UUID | None
    shop_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


_VIEW = "id, name, role, program_id, shop_id, created_at, expires_at, revoked_at"


async def create(
    *,
    role: Role,
    name: str,
    program_id: UUID | None = None,
    shop_id: UUID | None = None,
    expires_at: datetime | None = None,
    by: str,
) -> tuple[UUID, str]:
    """Make a key; its token is returned this once. Two keys of one holder may live at once, for rotation."""
    token, key_id = tokens.new("npp"), uuid7()
    async with transaction():
        await execute(
            """INSERT INTO access_key (id, token_hash, name, role, program_id, shop_id, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)""",
            key_id,
            tokens.digest(token),
            name,
            role.value,
            program_id,
            shop_id,
            expires_at,
        )
        await audit.record(by, "key.create", key_id=key_id, role=role.value, name=name)
    return key_id, token


async def revoke(key_id: UUID, *, by: str, program_id: UUID | None = None) -> AccessKeyView:
    """End a key; every process knows within the seconds that it remembers a token.

    A holder who is confined to a program ends only its keys.
    """
    async with transaction():
        row = await fetch_row(
            f"""UPDATE access_key SET revoked_at = now()
                WHERE id = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR program_id = $2) RETURNING {_VIEW}""",  # noqa: S608 - ours.
            key_id,
            program_id,
        )
        if row is None:
            raise NotFound
        await audit.record(by, "key.revoke", key_id=key_id)
    return msgspec.convert(dict(row), AccessKeyView)


async def holder_of(token: str) -> KeyHolder | None:
    """Who holds this token now, if anybody does."""
    if not tokens.well_formed(token, "npp"):
        return None
    row = await fetch_row(
        """SELECT id, name, role, program_id, shop_id FROM access_key
           WHERE token_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())""",
        tokens.digest(token),
    )
    if row is None:
        return None
    return KeyHolder(row["id"], row["name"], Role(row["role"]), row["program_id"], row["shop_id"])


async def listed(program_id: UUID | None = None) -> list[AccessKeyView]:
    """Every key, newest first; a confined holder sees those of his program."""
    rows = await fetch(
        f"""SELECT {_VIEW} FROM access_key
            WHERE $1::uuid IS NULL OR program_id = $1 ORDER BY created_at DESC LIMIT 500""",  # noqa: S608 - ours.
        program_id,
    )
    return [msgspec.convert(dict(row), AccessKeyView) for row in rows]


def confirm(*, by: str, asked_by: str) -> None:
    """What asks for two persons: SecondPersonNeeded when the one who confirms is the one who asked."""
    if by == asked_by:
        raise SecondPersonNeeded
