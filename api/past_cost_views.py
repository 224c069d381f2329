"""What a campaign would have cost last year, as its page shows it: the whole, the months, and why others got none."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from babel.dates import format_date

from api.console_place import CONSOLE, stacked
from api.console_words import Words
from api.markup import Child, Html, element
from api.staff_frame import AnyRequest, button, form
from codes.past_costs import result_of
from core.jobs import Job
from programs.lifecycle import CampaignView
from programs.past_cost import Cost, PastCost
from referrals.words import Reader, amount, day


def past_cost_card(
    request: AnyRequest,
    campaign: CampaignView,
    job: Job | None,
    words: Words,
    reader: Reader,
    *,
    may_write: bool,
) -> Html | None:
    """The card, whatever has become of the counting."""
    found = result_of(job) if job else None
    content: list[Child] = []
    if found is not None:
        content = _told(found, words, reader, has_discounts=bool(campaign.rules.discounts))
    elif job is not None and job.state == "failed":
        content = [element("p", words.past_failed, class_="bad")]
    elif job is not None:
        content = [
            element("p", words.counting.format(percent=job.percent), role="status"),
            element("progress", max=100, value=job.percent, aria_label=words.past),
        ]
    elif may_write:
        content = [form(request, f"{CONSOLE}/campaigns/{campaign.id}/past-cost", button(words.count, class_="plain"))]
    return element("section", element("h2", words.past), content, class_="past") if content else None


def _told(found: PastCost, words: Words, reader: Reader, *, has_discounts: bool) -> list[Child]:
    hint = words.past_hint.format(since=_day(found.since, reader), until=_day(found.until, reader))
    if not found.whole.purchases:
        return [element("p", words.past_none), element("p", hint, class_="hint")]
    whole = found.whole
    sums: list[tuple[str, Child]] = [(words.bonus, amount(whole.bonus_minor, found.asset, reader))]
    if has_discounts:
        shops = words.of_it_shops.format(amount=amount(whole.shop_minor, found.currency, reader))
        discount = element("dd", amount(whole.discount_minor, found.currency, reader))
        sums.append((words.discount, [discount, element("small", shops) if whole.shop_minor else None]))
    sums += [
        (words.given, f"{whole.given} / {whole.purchases}"),
        (words.participants, found.participants),
    ]
    return [
        element(
            "dl",
            [
                element("div", element("dt", name), value if name == words.discount else element("dd", value))
                for name, value in sums
            ],
            class_="sums",
        ),
        _notes(found, words, reader),
        _months(found, words, reader, has_discounts=has_discounts),
        _reasons(found, words),
        element("p", hint, class_="hint"),
    ]


def _notes(found: PastCost, words: Words, reader: Reader) -> list[Child]:
    notes: list[Child] = []
    if (same := found.same_days) is not None:
        told = words.same_days.format(
            bonus=amount(same.bonus_minor, found.asset, reader),
            discount=amount(same.discount_minor, found.currency, reader),
            count=same.purchases,
        )
        notes.append(element("p", told))
    for sentence, when in ((words.bonus_out, found.bonus_out_on), (words.discount_out, found.discount_out_on)):
        if when is not None:
            notes.append(element("p", sentence.format(day=_day(when, reader)), class_="bad"))
    return notes


def _months(found: PastCost, words: Words, reader: Reader, *, has_discounts: bool) -> Html:
    most = max(_height(cost) for cost in found.months.values()) or 1
    heads = [words.month, words.purchases, words.given, words.bonus]
    rows: list[list[Child]] = [
        [
            [_month(month, reader), element("progress", max=most, value=_height(cost), aria_label=words.past)],
            cost.purchases,
            cost.given,
            amount(cost.bonus_minor, found.asset, reader),
            *([amount(cost.discount_minor, found.currency, reader)] if has_discounts else []),
        ]
        for month, cost in found.months.items()
    ]
    numbers = [1, 2, 3, 4] if has_discounts else [1, 2, 3]
    return stacked([*heads, words.discount] if has_discounts else heads, rows, numbers=numbers)


def _reasons(found: PastCost, words: Words) -> Html | None:
    if not found.refusals:
        return None
    ordered = sorted(found.refusals.items(), key=lambda pair: -pair[1])
    told = ", ".join(f"{words.reasons.get(reason.value, reason.value)} ({count})" for reason, count in ordered)
    return element("p", f"{words.not_given}: {told}.", class_="soft")


def _height(cost: Cost) -> int:
    return cost.bonus_minor + cost.discount_minor


def _day(when: date, reader: Reader) -> str:
    return day(datetime.combine(when, time(12), tzinfo=ZoneInfo(reader.zone)), reader)


def _month(when: date, reader: Reader) -> str:
    return format_date(when, "LLLL y", locale=reader.language)
