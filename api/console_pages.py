"""The console: campaigns of the maker, drafted on a form, looked at in words and in money, started and stopped."""

from typing import Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from api.callers import holder
from api.campaign_form import CampaignForm, amount_of, budgets_of, form_of, rules_of
from api.confines import reach
from api.console_beginning import beginning_page
from api.console_form_views import Filled, form_page, pretty
from api.console_form_words import FORM_WORDS
from api.console_place import CONSOLE, Place, intent_of, place_of, within_program
from api.console_views import Shown, campaign_page, campaigns_page, is_for_customers
from api.process import process_of
from api.staff_callers import Staffed
from api.staff_frame import AnyRequest, fields, filled, go, language_for, pages
from api.typed_fields import FormWrong
from codes import past_costs
from codes.promo_offers import PromoOffer, promo_offer
from core.access import Scope
from core.db import fetch_value
from core.ids import uuid7
from core.text import Line, Name
from programs import budgets, installation, lifecycle
from programs.campaign import BEGINNING, Campaign, prepare
from programs.facts import ActivityKind
from programs.lifecycle import CampaignView, NewCampaign
from programs.rules import Rules, RulesRefused, decode_rules
from programs.snapshot import Program, Snapshot, current_snapshot
from referrals.words import Language

READERS: Final = [Staffed(Scope.campaigns_read)]
WRITERS: Final = [Staffed(Scope.campaigns_write)]
_PAGE: Final = lifecycle.PAGE_MAX
_LANGUAGES: Final[tuple[Language, ...]] = ("ru", "en")


class _Move(msgspec.Struct, frozen=True):
    reason: Line = ""


class _TopUp(msgspec.Struct, frozen=True):
    intent: UUID
    asset: str
    amount: Line


@get(CONSOLE, guards=READERS)
async def campaigns(request: AnyRequest) -> Response[str]:
    """The campaigns of a program; before there is any, how one begins."""
    if reach(request) is None and not await installation.programs():
        return beginning_page(request)
    place = await place_of(request)
    found = await lifecycle.campaigns(place.program.id, limit=_PAGE)
    return campaigns_page(request, place, found[::-1], await _snapshot(), may_write=_may_write(request))


@get(f"{CONSOLE}/new", guards=WRITERS)
async def new_campaign(request: AnyRequest) -> Response[str]:
    """An empty form."""
    place = await place_of(request)
    empty = Filled(CampaignForm(), "", uuid7())
    return form_page(request, place, await _snapshot(), empty, action=place.to("/new"), is_new=True)


@post(f"{CONSOLE}/new", guards=WRITERS, status_code=303)
async def draft(request: AnyRequest) -> Response[str] | Response[None]:
    """Draft what the form says, and on to its words and its cost; the same form again drafts nothing."""
    place, snapshot, said = await place_of(request), await _snapshot(), await fields(request)
    form, intent = _form_of(said), intent_of(said)
    base = Rules(trigger=ActivityKind.PROMO_REDEEMED, asset=place.program.asset)
    try:
        bonus_minor, discount_minor = budgets_of(form)
        rules = _rules(said, form, base, snapshot, place.program)
        new = NewCampaign(_name(form), rules, bonus_minor, discount_minor)
        await lifecycle.create_campaign(place.program.id, new, by=holder(request).who, campaign_id=intent)
    except (FormWrong, RulesRefused) as wrong:
        again = Filled(form, form.rules, intent, _problems(wrong))
        return form_page(request, place, snapshot, again, action=place.to("/new"), is_new=True)
    await _within(request, intent)
    await _begin_past_cost(request, intent)
    return go(f"{CONSOLE}/campaigns/{intent}")


@get(f"{CONSOLE}/campaigns/{{campaign_id:uuid}}", guards=READERS)
async def campaign(request: AnyRequest, campaign_id: FromPath[UUID]) -> Response[str]:
    """One campaign."""
    return await _campaign_page(request, campaign_id)


@get(f"{CONSOLE}/campaigns/{{campaign_id:uuid}}/change", guards=WRITERS)
async def change_form(request: AnyRequest, campaign_id: FromPath[UUID]) -> Response[str]:
    """The form as the newest rules fill it in, or the rules alone where they say more than it can."""
    found, place = await _within(request, campaign_id)
    snapshot = await _snapshot()
    form = form_of(found.name, found.rules, snapshot, place.program)
    filled_in = Filled(form, pretty(found.rules), uuid7())
    return form_page(request, place, snapshot, filled_in, action=_path(campaign_id, "change"), is_new=False)


@post(f"{CONSOLE}/campaigns/{{campaign_id:uuid}}/change", guards=WRITERS, status_code=303)
async def change(request: AnyRequest, campaign_id: FromPath[UUID]) -> Response[str] | Response[None]:
    """Give it new rules from now on; the same rules again make no new version."""
    found, place = await _within(request, campaign_id)
    snapshot, said = await _snapshot(), await fields(request)
    form = _form_of(said)
    try:
        rules = _rules(said, form, found.rules, snapshot, place.program)
        if rules != found.rules:
            await lifecycle.add_version(campaign_id, rules, by=holder(request).who)
    except (FormWrong, RulesRefused) as wrong:
        again = Filled(form if "trigger" in said else None, form.rules, intent_of(said), _problems(wrong))
        return form_page(request, place, snapshot, again, action=_path(campaign_id, "change"), is_new=False)
    await _begin_past_cost(request, campaign_id)
    return go(_path(campaign_id))


@post(f"{CONSOLE}/campaigns/{{campaign_id:uuid}}/past-cost", guards=WRITERS, status_code=303)
async def count_past_cost(request: AnyRequest, campaign_id: FromPath[UUID]) -> Response[None]:
    """Have it counted what the campaign would have cost last year."""
    await _within(request, campaign_id)
    await _begin_past_cost(request, campaign_id)
    return go(_path(campaign_id))


@post(f"{CONSOLE}/campaigns/{{campaign_id:uuid}}/budget", guards=WRITERS, status_code=303)
async def top_up(request: AnyRequest, campaign_id: FromPath[UUID]) -> Response[str] | Response[None]:
    """Let it spend so much more, once for each form."""
    asked = await filled(request, _TopUp)
    await _within(request, campaign_id)
    try:
        minor = amount_of(asked.amount)
    except FormWrong as wrong:
        words = FORM_WORDS[language_for(request)]
        return await _campaign_page(request, campaign_id, problem=words.problems[wrong.problems["amount"]])
    by = holder(request).who
    await budgets.top_up(campaign_id, asset=asked.asset, amount_minor=minor, by=by, key=asked.intent)
    return go(_path(campaign_id))


@post(f"{CONSOLE}/campaigns/{{campaign_id:uuid}}/{{verb:str}}", guards=WRITERS, status_code=303)
async def move(
    request: AnyRequest,
    campaign_id: FromPath[UUID],
    verb: FromPath[Literal["activate", "pause", "resume", "end", "kill"]],
) -> Response[None]:
    """Start, pause, resume, end or kill it."""
    asked, by = await filled(request, _Move), holder(request).who
    await _within(request, campaign_id)
    match verb:
        case "activate":
            await lifecycle.activate(campaign_id, by=by)
        case "pause":
            await lifecycle.pause(campaign_id, reason=asked.reason, by=by)
        case "resume":
            await lifecycle.resume(campaign_id, by=by)
        case "end":
            await lifecycle.end(campaign_id, reason=asked.reason, by=by)
        case "kill":
            await lifecycle.kill(campaign_id, reason=asked.reason, by=by)
    return go(_path(campaign_id))


async def _campaign_page(request: AnyRequest, campaign_id: UUID, *, problem: str = "") -> Response[str]:
    found, place = await _within(request, campaign_id)
    snapshot = await _snapshot()
    shown = Shown(
        place,
        found,
        snapshot,
        job=await past_costs.latest(found),
        offers=await _offers(found, snapshot, place.program),
        versions=await lifecycle.versions(campaign_id),
        intent=uuid7(),
        may_write=_may_write(request),
        problem=problem,
    )
    return campaign_page(request, shown)


async def _offers(campaign: CampaignView, snapshot: Snapshot, program: Program) -> dict[Language, PromoOffer]:
    """What its cards will say, also while it is a draft."""
    if not is_for_customers(campaign):
        return {}
    now = await fetch_value("SELECT now()")
    version = prepare(campaign.rules, campaign_id=campaign.id, version=1, effective_from=BEGINNING, zone=program.zone)
    shown = Campaign(
        id=campaign.id, program_id=program.id, name=campaign.name, state=campaign.state, versions=(version,)
    )
    return {language: promo_offer(shown, snapshot, language=language, now=now) for language in _LANGUAGES}


async def _within(request: AnyRequest, campaign_id: UUID) -> tuple[CampaignView, Place]:
    """A campaign that the person reaches, and where it is; NotFound."""
    found = await lifecycle.find_campaign(campaign_id)
    return found, await within_program(request, found.program_id)


async def _begin_past_cost(request: AnyRequest, campaign_id: UUID) -> None:
    await past_costs.begin(campaign_id, by=holder(request).who)
    process_of(request).doorbell.ring("jobs")


async def _snapshot() -> Snapshot:
    return await current_snapshot(age_seconds_max=0)


def _rules(said: dict[str, str], form: CampaignForm, base: Rules, snapshot: Snapshot, program: Program) -> Rules:
    """The rules of the fields, or the rules as they were typed; FormWrong."""
    if said.get("way") != "rules":
        return rules_of(form, base, snapshot, program)
    try:
        return decode_rules(form.rules)
    except msgspec.MsgspecError as wrong:
        raise FormWrong({"rules": f"rules_unreadable: {wrong}"}) from None


def _form_of(said: dict[str, str]) -> CampaignForm:
    """Every field that came; what is missing is empty, and a box that was not ticked is not there."""
    known = CampaignForm.__struct_fields__
    choices = {"trigger", "bonus_kind", "discount_kind", "self_purchase"}
    choices |= {name for name in known if name.endswith("_period") or name.startswith("tells_")}
    return CampaignForm(**{name: said.get(name, "") for name in known if name in said or name not in choices})


def _name(form: CampaignForm) -> str:
    if not form.name:
        raise FormWrong({"name": "needed"})
    try:
        return msgspec.convert(form.name, Name)
    except msgspec.ValidationError:
        raise FormWrong({"name": "no_words"}) from None


def _problems(wrong: FormWrong | RulesRefused) -> dict[str, str]:
    """By field what is wrong; what the rules themselves object to stands at them."""
    if isinstance(wrong, FormWrong):
        return wrong.problems
    return {"rules": wrong.detail or wrong.title}


def _may_write(request: AnyRequest) -> bool:
    return Scope.campaigns_write in holder(request).scopes


def _path(campaign_id: UUID, verb: str = "") -> str:
    return f"{CONSOLE}/campaigns/{campaign_id}" + (f"/{verb}" if verb else "")


# The paths of certain forms come before the one that takes any verb.
ROUTES = pages(campaigns, new_campaign, draft, campaign, change_form, change, count_past_cost, top_up, move)
