"""What the console's tables look like: what is looked at above them, where they can be had as files below."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from litestar import Response

from api.console_place import CONSOLE, Place, program_choice, stacked, tabs
from api.console_rows import Names, name_of
from api.console_words import WORDS, Words
from api.markup import Child, Html, element
from api.staff_frame import AnyRequest, button, choice, language_for, page
from codes.promo_lists import CodeLine, Redemption
from codes.reports import By, Days, Figures, Report
from programs.lifecycle import CampaignView
from referrals.words import Reader, amount, moment


class Look(msgspec.Struct, frozen=True):
    """What somebody looks at: a program, some days of it, one campaign or all."""

    place: Place
    days: Days
    campaign_id: UUID | None
    campaigns: Sequence[CampaignView]

    def to(self, path: str, **query: object) -> str:
        """An address that looks at the same."""
        said = {"campaign": self.campaign_id or "", "from": self.days.first, "to": self.days.last}
        return self.place.to(path, **said | query)


def figures_page(
    request: AnyRequest, look: Look, report: Report, names: Names, *, participants_min: int
) -> Response[str]:
    """The figures by whatever was asked for, their whole above them."""
    language = language_for(request)
    words, reader = WORDS[language], Reader(language)
    heads = [words.purchases, words.goods, words.discount, words.participants, words.bonus]
    rows = [
        [name_of(row.key, report.by, names, language), *_figures(row, report, words, reader, participants_min)]
        for row in report.rows
    ]
    hidden = any(row.participants is None for row in report.rows)
    ways = [
        element(
            "a",
            name,
            href=look.to("/figures", by=by),
            aria_current="page" if by == report.by else None,
        )
        for by, name in words.by_names.items()
    ]
    whole = _figures(report.whole, report, words, reader, participants_min)
    return page(
        request,
        words.figures,
        program_choice(look.place, words),
        tabs(look.place, words, "/figures", campaign_id=look.campaign_id),
        _filter(look, words, "/figures", has_days=True, by=report.by),
        element(
            "section",
            element(
                "dl",
                [
                    element("div", element("dt", head), element("dd", cell))
                    for head, cell in zip(heads, whole, strict=True)
                ],
                class_="sums",
            ),
        ),
        element("nav", ways, class_="ways", aria_label=words.figures),
        element(
            "section",
            stacked([words.by_names[report.by], *heads], rows, numbers=[1, 2, 3, 4, 5])
            if rows
            else element("p", words.nothing),
            element("p", words.fewer_hint.format(count=participants_min), class_="hint") if hidden else None,
        ),
        _files(look, words, "/figures", by=report.by),
    )


def _figures(row: Figures, report: Report, words: Words, reader: Reader, participants_min: int) -> list[Child]:
    bonus: Child = [element("div", amount(minor, asset, reader)) for asset, minor in (row.bonus or {}).items()]
    return [
        row.purchases,
        amount(row.goods_minor, report.currency, reader),
        amount(row.discount_minor, report.currency, reader),
        element("span", words.fewer.format(count=participants_min), class_="soft")
        if row.participants is None
        else row.participants,
        element("span", "•••", class_="soft", aria_hidden="true") if row.bonus is None else bonus,
    ]


def codes_page(request: AnyRequest, look: Look, found: Sequence[CodeLine], *, before: UUID | None) -> Response[str]:
    """The promo codes, the newest first."""
    language = language_for(request)
    words, reader = WORDS[language], Reader(language)
    heads = [words.code, words.participant, words.campaign, words.seen, words.redeemed, words.earned]
    rows: list[list[Child]] = [
        [
            [element("strong", one.text), _unless("active", one.state, words.code_states)],
            one.alias if language == "ru" else one.alias_en,
            one.campaign,
            one.seen,
            one.redeemed,
            [element("div", amount(minor, asset, reader)) for asset, minor in one.earned.items()] or "–",
        ]
        for one in found
    ]
    return page(
        request,
        words.codes,
        program_choice(look.place, words),
        tabs(look.place, words, "/codes", campaign_id=look.campaign_id),
        _filter(look, words, "/codes", has_days=False),
        _table_or_nothing(words, heads, rows, numbers=[3, 4, 5]),
        _next(look, words, "/codes", before),
        _files(look, words, "/codes"),
    )


def redemptions_page(
    request: AnyRequest, look: Look, found: Sequence[Redemption], *, before: str | None
) -> Response[str]:
    """The orders that were redeemed, the latest first."""
    language = language_for(request)
    words, reader = WORDS[language], Reader(language, look.place.program.time_zone)
    heads = [words.at, words.code, words.what, words.discount, words.paid, words.bonus]
    return page(
        request,
        words.redemptions,
        program_choice(look.place, words),
        tabs(look.place, words, "/redemptions", campaign_id=look.campaign_id),
        _filter(look, words, "/redemptions", has_days=True),
        _table_or_nothing(words, heads, [_redeemed(one, words, reader) for one in found], numbers=[3, 4, 5]),
        _next(look, words, "/redemptions", before),
        _files(look, words, "/redemptions"),
    )


def _redeemed(one: Redemption, words: Words, reader: Reader) -> list[Child]:
    alias = one.alias if reader.language == "ru" else one.alias_en
    state = words.bonus_states[one.bonus_state]
    why = words.reasons.get(one.reason or "", "") if one.bonus_state == "denied" else ""
    return [
        [moment(one.redeemed_at, reader), element("div", one.shop, class_="soft")],
        [element("strong", one.code), element("div", alias, class_="soft")],
        [one.goods, _unless("succeeded", one.state, words.order_states)],
        amount(one.discount_minor, one.currency, reader),
        amount(one.final_minor, one.currency, reader),
        [
            [element("div", amount(minor, asset, reader)) for asset, minor in one.bonus.items()],
            element("div", f"{state}: {why}" if why else state, class_="soft"),
        ],
    ]


def _unless(usual: str, state: str, names: Mapping[str, str]) -> Html | None:
    return None if state == usual else element("div", names[state], class_="soft")


def _table_or_nothing(
    words: Words, heads: Sequence[str], rows: Sequence[Sequence[Child]], *, numbers: Sequence[int]
) -> Html:
    return element("section", stacked(heads, rows, numbers=numbers) if rows else element("p", words.nothing))


def _filter(look: Look, words: Words, path: str, *, has_days: bool, by: By | None = None) -> Html:
    campaigns = [("", words.all_campaigns), *((str(one.id), one.name) for one in look.campaigns)]
    hidden = {"by": by, "program": look.place.program.id if look.place.others else None}
    days = [
        element(
            "div",
            element("label", label, for_=name),
            element("input", type="date", name=name, id=name, value=day.isoformat()),
        )
        for label, name, day in ((words.day_from, "from", look.days.first), (words.day_to, "to", look.days.last))
    ]
    return element(
        "form",
        [element("input", type="hidden", name=name, value=str(said)) for name, said in hidden.items() if said],
        days if has_days else None,
        element("div", choice(words.campaign, "campaign", campaigns, chosen=str(look.campaign_id or ""))),
        button(words.show, class_="plain"),
        method="get",
        action=f"{CONSOLE}{path}",
        class_="card filter",
    )


def _next(look: Look, words: Words, path: str, before: object) -> Html | None:
    if before is None:
        return None
    return element("p", element("a", words.next, href=look.to(path, before=before), rel="next"))


def _files(look: Look, words: Words, path: str, **query: object) -> Html:
    links = [
        element("a", kind.upper(), href=look.to(f"{path}/file", format=kind, **query), class_="button plain small")
        for kind in ("csv", "xlsx")
    ]
    return element("p", words.file, " ", [part for link in links for part in (link, " ")], class_="noprint")
