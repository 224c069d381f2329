"""What the console looks like: the campaigns, and one of them with its words, its cost last year and its verbs."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from litestar import Response

from api.console_form_views import pretty
from api.console_place import CONSOLE, Place, program_choice, tabs
from api.console_words import WORDS, Words
from api.markup import Child, Html, element
from api.past_cost_views import past_cost_card
from api.staff_frame import AnyRequest, button, choice, field, form, language_for, page, table
from codes.campaign_words import gives, told
from codes.promo_offers import PromoOffer
from core.jobs import Job
from programs.budgets import Budget
from programs.campaign import CampaignState
from programs.facts import ActivityKind
from programs.lifecycle import CampaignView, VersionView
from programs.snapshot import Snapshot
from referrals.words import Language, Reader, amount, moment

LANGUAGES: tuple[Language, Language] = ("ru", "en")


def campaigns_page(
    request: AnyRequest, place: Place, campaigns: Sequence[CampaignView], snapshot: Snapshot, *, may_write: bool
) -> Response[str]:
    """The campaigns of a program, the newest first."""
    language = language_for(request)
    words = WORDS[language]
    shown = [_campaign(one, snapshot, place, language) for one in campaigns]
    return page(
        request,
        words.campaigns,
        program_choice(place, words),
        tabs(place, words, ""),
        element("p", element("a", words.new, class_="button", href=place.to("/new"))) if may_write else None,
        element("ul", shown, class_="offers") if shown else element("section", element("p", words.none_yet)),
    )


def _campaign(campaign: CampaignView, snapshot: Snapshot, place: Place, language: Language) -> Html:
    """One of the list: what it gives in a few words, and what is left to be spent."""
    words, reader = WORDS[language], Reader(language)
    link = element("a", campaign.name, href=f"{CONSOLE}/campaigns/{campaign.id}")
    return element(
        "li",
        element("h2", link, badge(campaign.state, words)),
        element("p", " · ".join(gives(campaign.rules, place.program, language)), class_="soft"),
        _budgets(campaign.budgets, words, reader),
        class_="card",
    )


def badge(state: CampaignState, words: Words) -> Html:
    """A campaign's state, as a word in its colour."""
    return element("span", words.states[state], class_=f"badge {state}")


def _budgets(budgets: Sequence[Budget], words: Words, reader: Reader) -> Html:
    return element("dl", [element("div", _left(one, words, reader)) for one in budgets], class_="sums")


def _left(budget: Budget, words: Words, reader: Reader) -> list[Html]:
    left_minor, cap_minor = budget.cap_minor - budget.spent_minor, budget.cap_minor
    of_it = words.left_of.format(
        cap=amount(cap_minor, budget.asset, reader), spent=amount(budget.spent_minor, budget.asset, reader)
    )
    return [
        element("dt", words.left),
        element("dd", amount(left_minor, budget.asset, reader)),
        element("progress", max=100, value=100 * left_minor // cap_minor if cap_minor else 0, aria_label=words.left),
        element("small", of_it if cap_minor else words.no_budget),
    ]


class Shown(msgspec.Struct, frozen=True):
    """A campaign with all that its page tells of it; `intent` makes a form that is sent twice one."""

    place: Place
    campaign: CampaignView
    snapshot: Snapshot
    job: Job | None
    offers: dict[Language, PromoOffer]
    versions: Sequence[VersionView]
    intent: UUID
    may_write: bool
    problem: str = ""


def campaign_page(request: AnyRequest, shown: Shown) -> Response[str]:
    """One campaign: how it stands, what it says, what it would have cost, what can be done with it."""
    language, campaign, may_write = language_for(request), shown.campaign, shown.may_write
    words, reader = WORDS[language], Reader(language, shown.place.program.time_zone)
    is_draft = campaign.state is CampaignState.DRAFT
    said = [_said(shown, one, words) for one in _both(language)]
    whole = page(
        request,
        campaign.name,
        tabs(shown.place, words, "", campaign_id=campaign.id),
        element("p", shown.problem, class_="told no card", role="alert") if shown.problem else None,
        _standing(campaign, words, reader),
        element("h2", words.in_words),
        element("div", said, class_="beside"),
        past_cost_card(request, campaign, shown.job, words, reader, may_write=may_write),
        _start(request, campaign, words) if is_draft and may_write else None,
        _verbs(request, campaign, words, shown.intent) if may_write else None,
        _versions(shown.versions, words, reader),
        element("details", element("summary", words.rules), element("pre", pretty(campaign.rules)), class_="card"),
        status=422 if shown.problem else 200,
    )
    if shown.job is not None and shown.job.state in ("queued", "running"):
        # Without a script a page can still look again by itself.
        whole.headers["Refresh"] = "2"
    return whole


def _both(language: Language) -> list[Language]:
    return sorted(LANGUAGES, key=lambda one: one != language)


def _standing(campaign: CampaignView, words: Words, reader: Reader) -> Html:
    since = campaign.activated_at and f"{words.begun} {moment(campaign.activated_at, reader)}"
    until = campaign.ended_at and f"{words.ended} {moment(campaign.ended_at, reader)}"
    dated = [one for one in (since, until, f"{words.version} {campaign.version}", campaign.reason) if one]
    return element(
        "section",
        element("p", badge(campaign.state, words), " ", element("span", " · ".join(dated), class_="soft")),
        _budgets(campaign.budgets, words, reader),
    )


def _said(shown: Shown, language: Language, words: Words) -> Html:
    campaign = shown.campaign
    said = told(campaign.rules, campaign.budgets, shown.snapshot, shown.place.program, language)
    facts = [element("div", element("dt", one.about), element("dd", one.text)) for one in said]
    card = shown.offers.get(language)
    lines = (card.headline, card.sentence, card.validity, card.shops, card.more_terms) if card else ()
    return element(
        "section",
        element("h3", words.languages[language]),
        element(
            "div",
            element("dl", facts, class_="facts"),
            element("p", WORDS[language].customers_read, class_="hint") if lines else None,
            element("blockquote", [element("p", line) for line in lines if line]) if lines else None,
            lang=language,
        ),
    )


def _start(request: AnyRequest, campaign: CampaignView, words: Words) -> Html:
    return form(
        request,
        f"{CONSOLE}/campaigns/{campaign.id}/activate",
        element("p", words.start_hint),
        element("div", button(words.start), class_="actions"),
        class_="card told yes",
    )


def _verbs(request: AnyRequest, campaign: CampaignView, words: Words, intent: UUID) -> list[Child]:
    path, state = f"{CONSOLE}/campaigns/{campaign.id}", campaign.state
    over = state in (CampaignState.ENDED, CampaignState.KILLED)
    assets = [(one.asset, one.asset) for one in campaign.budgets]
    top_up = form(
        request,
        f"{path}/budget",
        element("input", type="hidden", name="intent", value=str(intent)),
        element(
            "div",
            element("div", field(words.amount, "amount", inputmode="decimal", required=True, autocomplete="off")),
            element("div", choice(words.budget_of, "asset", assets)),
            class_="grid",
        ),
        element("p", words.top_up_hint, class_="hint"),
        element("div", button(words.top_up), class_="actions"),
    )
    moves = [
        _move(request, f"{path}/pause", words.pause, "", words) if state is CampaignState.ACTIVE else None,
        _move(request, f"{path}/resume", words.resume, "", words) if state is CampaignState.PAUSED else None,
        _move(request, f"{path}/end", words.end, words.end_hint, words)
        if state in (CampaignState.ACTIVE, CampaignState.PAUSED)
        else None,
        _move(request, f"{path}/kill", words.kill, words.kill_hint, words, is_final=True)
        if state is not CampaignState.KILLED
        else None,
    ]
    change = element("a", words.change, class_="button plain", href=f"{path}/change")
    return [
        None if over else element("p", change),
        element("details", element("summary", words.top_up), top_up, class_="card"),
        element(
            "details",
            element("summary", words.more),
            moves,
            class_="card",
        )
        if any(moves)
        else None,
    ]


def _move(request: AnyRequest, path: str, name: str, hint: str, words: Words, *, is_final: bool = False) -> Html:
    """The form of a verb; what cannot be undone asks for its reason."""
    field_id = f"reason{path.rpartition('/')[2]}"
    return form(
        request,
        path,
        element("p", hint, class_="hint") if hint else None,
        element("label", words.reason, for_=field_id),
        element("input", name="reason", id=field_id, maxlength=500, required=is_final, autocomplete="off"),
        element("div", button(name, class_="danger" if is_final else "plain"), class_="actions"),
        class_="move",
    )


def _versions(versions: Sequence[VersionView], words: Words, reader: Reader) -> Html | None:
    if len(versions) < 2:
        return None
    rows: list[list[Child]] = [
        [one.version, moment(one.effective_from, reader), one.created_by] for one in reversed(versions)
    ]
    shown = table([words.version, words.since, words.by], rows)
    return element("details", element("summary", words.versions), shown, class_="card")


def is_for_customers(campaign: CampaignView) -> bool:
    """Whether its codes are handed to customers, with words on a card."""
    return campaign.rules.trigger is ActivityKind.PROMO_REDEEMED
