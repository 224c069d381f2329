"""A campaign's life: drafted, activated, paused and resumed, ended or killed; its rules change only by new versions."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from core import audit
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from core.text import Name
from programs.budgets import Budget, budgets, open_budget
from programs.campaign import CampaignState
from programs.installation import find_program
from programs.revision import bump
from programs.rules import Problem, Rules, RulesRefused, check, decode_rules, encode_rules

DRAFT, ACTIVE, PAUSED = CampaignState.DRAFT, CampaignState.ACTIVE, CampaignState.PAUSED
PAGE_MAX = 500


class CampaignStateConflict(Conflict):
    slug = "campaign_state_conflict"
    title = "The campaign's state does not allow this"


class NewCampaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A campaign to be drafted; without a budget it pays nothing.

    What may be taken off prices has a budget of its own, in the program's currency.
    """

    name: Name
    rules: Rules
    budget_minor: Annotated[int, Meta(ge=0, le=10**15)] = 0
    discount_budget_minor: Annotated[int, Meta(ge=0, le=10**15)] = 0


class CampaignView(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign as it stands, with its newest rules."""

    id: UUID
    program_id: UUID
    name: str
    state: CampaignState
    reason: str
    created_at: datetime
    activated_at: datetime | None
    ended_at: datetime | None
    version: int
    rules: Rules
    budgets: list[Budget]


class VersionView(msgspec.Struct, frozen=True):
    """One version of a campaign's rules, and since when it is in force."""

    version: int
    effective_from: datetime
    rules: Rules
    created_at: datetime
    created_by: str


async def create_campaign(
    program_id: UUID, new: NewCampaign, *, by: str, campaign_id: UUID | None = None
) -> CampaignView:
    """Draft a campaign with the first version of its rules; under an id that is there already nothing is drafted."""
    campaign_id = campaign_id or uuid7()
    async with transaction() as now:
        program = await find_program(program_id)
        await _check(new.rules, program_id)
        drafted = await fetch_value(
            "INSERT INTO campaign (id, program_id, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id",
            campaign_id,
            program_id,
            new.name,
        )
        if drafted is not None:
            await _insert_version(campaign_id, 1, new.rules, effective_from=now, by=by)
            await _open_budgets(campaign_id, new, program.currency)
            await audit.record(
                by,
                "campaign.create",
                campaign_id=campaign_id,
                budget_minor=new.budget_minor,
                discount_budget_minor=new.discount_budget_minor,
            )
        return await find_campaign(campaign_id)


async def add_version(
    campaign_id: UUID, rules: Rules, *, effective_from: datetime | None = None, by: str
) -> CampaignView:
    """Give a campaign new rules from now or from a later moment on; what was decided stays decided."""
    async with transaction() as now:
        before = await _locked(campaign_id)
        if before["state"] not in {DRAFT, ACTIVE, PAUSED}:
            raise CampaignStateConflict(state=before["state"])
        since = effective_from or now
        if since < now or since < before["effective_from"]:
            raise RulesRefused(problems=[Problem("effective_from", "rules never reach back, nor before other rules")])
        await _check(rules, before["program_id"])
        await _insert_version(campaign_id, before["version"] + 1, rules, effective_from=since, by=by)
        await open_budget(campaign_id, rules.asset)
        await _open_discount_budget(campaign_id, rules, (await find_program(before["program_id"])).currency)
        await audit.record(by, "campaign.version", campaign_id=campaign_id, version=before["version"] + 1)
        await bump("rules")
        return await find_campaign(campaign_id)


async def activate(campaign_id: UUID, *, by: str) -> CampaignView:
    """Start a draft; nothing that happened before this moment is ever paid by it."""
    return await _move(campaign_id, (DRAFT,), "state = 'active', activated_at = now()", "campaign.activate", by=by)


async def pause(campaign_id: UUID, *, reason: str = "", by: str) -> CampaignView:
    """Stop paying for the time being; what is denied meanwhile can be driven again."""
    return await _move(campaign_id, (ACTIVE,), "state = 'paused'", "campaign.pause", reason=reason, by=by)


async def resume(campaign_id: UUID, *, by: str) -> CampaignView:
    """Pay again."""
    return await _move(campaign_id, (PAUSED,), "state = 'active'", "campaign.resume", by=by)


async def end(campaign_id: UUID, *, reason: str = "", by: str) -> CampaignView:
    """Be over from now on; what happened before is still paid when it arrives within the offline window."""
    change = "state = 'ended', ended_at = now()"
    return await _move(campaign_id, (ACTIVE, PAUSED), change, "campaign.end", reason=reason, by=by)


async def kill(campaign_id: UUID, *, reason: str, by: str) -> CampaignView:
    """Pay nothing any more, whatever happened when."""
    change = "state = 'killed', ended_at = coalesce(ended_at, now())"
    states = (DRAFT, ACTIVE, PAUSED, CampaignState.ENDED)
    return await _move(campaign_id, states, change, "campaign.kill", reason=reason, by=by)


async def find_campaign(campaign_id: UUID) -> CampaignView:
    """A campaign by its id."""
    row = await fetch_row(_VIEW + "AND c.id = $1", campaign_id)
    if row is None:
        raise NotFound
    return await _view(row)


async def campaigns(program_id: UUID, *, after: UUID | None = None, limit: int = 100) -> list[CampaignView]:
    """A page of a program's campaigns, the oldest first."""
    rows = await fetch(
        _VIEW + "AND c.program_id = $1 AND ($2::uuid IS NULL OR c.id > $2) ORDER BY c.id LIMIT $3",
        program_id,
        after,
        min(limit, PAGE_MAX),
    )
    return [await _view(row) for row in rows]


async def versions(campaign_id: UUID) -> list[VersionView]:
    """Every version of a campaign's rules, the first one first."""
    rows = await fetch(
        """SELECT version, effective_from, rules, created_at, created_by FROM campaign_version
           WHERE campaign_id = $1 ORDER BY version""",
        campaign_id,
    )
    if not rows:
        raise NotFound
    return [VersionView(**(dict(row) | {"rules": decode_rules(row["rules"])})) for row in rows]


_VIEW = """
SELECT c.id, c.program_id, c.name, c.state, c.reason, c.created_at, c.activated_at, c.ended_at, v.version, v.rules
FROM campaign c JOIN campaign_version v ON v.campaign_id = c.id
WHERE v.version = (SELECT max(version) FROM campaign_version WHERE campaign_id = c.id)
"""


async def _view(row: Any) -> CampaignView:
    told = dict(row) | {"state": CampaignState(row["state"]), "rules": decode_rules(row["rules"])}
    return CampaignView(**told, budgets=await budgets(row["id"]))


async def _move(
    campaign_id: UUID, states: tuple[CampaignState, ...], change: str, action: str, *, reason: str = "", by: str
) -> CampaignView:
    async with transaction():
        moved = await fetch_value(
            f"UPDATE campaign SET {change}, reason = $3 WHERE id = $1 AND state = ANY($2) RETURNING id",  # noqa: S608 - ours.
            campaign_id,
            [state.value for state in states],
            reason,
        )
        campaign = await find_campaign(campaign_id)
        if moved is None:
            raise CampaignStateConflict(state=campaign.state)
        await audit.record(by, action, campaign_id=campaign_id, reason=reason)
        await bump("rules")
    return campaign


async def _locked(campaign_id: UUID) -> Any:
    """A campaign with its newest version, held until the transaction ends, so that versions are added one at a time."""
    row = await fetch_row("SELECT program_id, state FROM campaign WHERE id = $1 FOR NO KEY UPDATE", campaign_id)
    if row is None:
        raise NotFound
    newest = await fetch_row(
        """SELECT version, effective_from FROM campaign_version WHERE campaign_id = $1 ORDER BY version DESC LIMIT 1""",
        campaign_id,
    )
    return dict(row) | dict(newest or {})


async def _insert_version(campaign_id: UUID, version: int, rules: Rules, *, effective_from: datetime, by: str) -> None:
    await execute(
        """INSERT INTO campaign_version (id, campaign_id, version, effective_from, rules, created_by)
           VALUES ($1, $2, $3, $4, $5, $6)""",
        uuid7(),
        campaign_id,
        version,
        effective_from,
        encode_rules(rules),
        by,
    )


async def _open_budgets(campaign_id: UUID, new: NewCampaign, currency: str) -> None:
    if new.rules.asset == currency:
        await open_budget(campaign_id, currency, new.budget_minor + new.discount_budget_minor)
        return
    await open_budget(campaign_id, new.rules.asset, new.budget_minor)
    if new.discount_budget_minor:
        await open_budget(campaign_id, currency, new.discount_budget_minor)
    await _open_discount_budget(campaign_id, new.rules, currency)


async def _open_discount_budget(campaign_id: UUID, rules: Rules, currency: str) -> None:
    """What a campaign takes off prices comes out of a budget in their currency, which may be its bonuses' as well."""
    if rules.discounts:
        await open_budget(campaign_id, currency)


async def _check(rules: Rules, program_id: UUID) -> None:
    """Refuse rules that contradict themselves, or that name what the program does not have."""
    check(rules)
    for path, ids, statement in (
        ("products", rules.product_ids, "SELECT id FROM product WHERE program_id = $1 AND id = ANY($2)"),
        ("shops", rules.shop_ids, "SELECT id FROM shop WHERE program_id = $1 AND id = ANY($2)"),
        ("terms_id", rules.terms_ids, "SELECT id FROM terms WHERE program_id = $1 AND id = ANY($2)"),
    ):
        known = {row["id"] for row in await fetch(statement, program_id, list(ids))} if ids else set()
        if missing := ids - known:
            problem = Problem(path, f"not in this program: {', '.join(sorted(map(str, missing))[:10])}")
            raise RulesRefused(detail=problem.problem, problems=[problem])
