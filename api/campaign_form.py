"""The form of a campaign: rules as a person fills them in, made of rules and made into rules."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from api.typed_fields import FormWrong, Typed
from programs.conditions import AmountAtLeast, AnyCondition, NewCustomer
from programs.discounts import AmountOff, AnyDiscount, PercentOff, PerItemOff
from programs.effects import AnyEffect, Fixed, Percent, PerItem, Rate
from programs.facts import ActivityKind
from programs.periods import Period
from programs.rules import (
    DAY_SECONDS,
    Attribution,
    Eligibility,
    Funding,
    Limit,
    LimitScope,
    Rules,
    decode_rules,
    encode_rules,
)
from programs.snapshot import Program, Snapshot
from programs.tells import EVERYTHING, Tells

LIMITED: Final = (LimitScope.CUSTOMER, LimitScope.AGENT, LimitScope.CAMPAIGN)


class CampaignForm(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed; nothing of it need make sense."""

    name: str = ""
    trigger: str = ActivityKind.PROMO_REDEEMED.value
    segments: str = ""
    products: str = ""
    regions: str = ""
    shops: str = ""
    starts_on: str = ""
    ends_on: str = ""
    bonus_kind: str = "percent"
    bonus: str = ""
    bonus_cap: str = ""
    discount_kind: str = "none"
    discount: str = ""
    discount_cap: str = ""
    shop_share: str = ""
    agent_share: str = ""
    budget_bonus: str = ""
    budget_discount: str = ""
    min_amount: str = ""
    new_customers: str = ""
    customer_count: str = ""
    customer_period: str = Period.ALL.value
    agent_count: str = ""
    agent_period: str = Period.ALL.value
    campaign_count: str = ""
    campaign_period: str = Period.ALL.value
    wait_days: str = "14"
    expires_days: str = ""
    window_days: str = ""
    self_purchase: str = "bonus_only"
    tells_shop: str = "yes"
    tells_amount: str = "exact"
    tells_goods: str = "yes"
    # The rules themselves, for whoever needs more than the form can say.
    rules: str = ""


def rules_of(form: CampaignForm, base: Rules, snapshot: Snapshot, program: Program) -> Rules:
    """The rules that a form means; of what it does not ask the base has the say. FormWrong."""
    read = Typed(form)
    effects = tuple(_effects(read))
    trigger = read.one_of("trigger", ActivityKind)
    # Where the form for a till is hidden, nothing is left of what was typed into it before.
    is_till = trigger is ActivityKind.PROMO_REDEEMED
    discounts = tuple(_discounts(read)) if is_till else ()
    fields: dict[str, Any] = {
        "trigger": trigger,
        "effects": effects,
        "discounts": discounts,
        "funding": _funding(read) if discounts else Funding(),
        "attribution": _attribution(read, base) if is_till else None,
        "tells": _tells(read) if is_till else EVERYTHING,
        "eligibility": _eligibility(read, snapshot, program),
        "conditions": tuple(_conditions(read)),
        "limits": tuple(_limits(read)),
        "wait_seconds": read.count("wait_days", least=0, most=400) * DAY_SECONDS,
        "expires_after_days": read.count("expires_days", most=3_660) or None,
        "self_purchase": read.text("self_purchase"),
        "rates": base.rates or _rates(base, program),
    }
    if not effects and not discounts and not {"bonus", "discount"} & read.problems.keys():
        read.problems["bonus"] = "gives_nothing"
    if read.problems:
        raise FormWrong(read.problems)
    try:
        # Whatever the form lets through is held against the rules' own types.
        return decode_rules(encode_rules(msgspec.structs.replace(base, **fields)))
    except msgspec.ValidationError as refused:
        raise FormWrong({"rules": str(refused)}) from None


def form_of(name: str, rules: Rules, snapshot: Snapshot, program: Program) -> CampaignForm | None:
    """The form as these rules fill it in; None where they say what the form cannot."""
    form = CampaignForm(name=name, **dict(_filled(rules, snapshot)))
    try:
        return form if rules_of(form, rules, snapshot, program) == rules else None
    except FormWrong:
        return None


def budgets_of(form: CampaignForm) -> tuple[int, int]:
    """What may be spent on bonuses and on discounts; FormWrong."""
    read = Typed(form)
    found = read.number("budget_bonus"), read.number("budget_discount")
    if read.problems:
        raise FormWrong(read.problems)
    return found


def amount_of(text: str) -> int:
    """Minor units of what was typed; FormWrong."""
    read = Typed(CampaignForm(budget_bonus=text))
    found = read.number("budget_bonus", needed=True)
    if read.problems:
        raise FormWrong({"amount": next(iter(read.problems.values()))})
    return found


def _effects(read: Typed) -> Iterator[AnyEffect]:
    kind = read.text("bonus_kind")
    if kind == "none":
        return
    cap = read.number("bonus_cap") or None
    if kind == "percent":
        yield Percent(basis_points=read.number("bonus", most=100_000, needed=True), cap_minor=cap)
    elif kind == "fixed":
        yield Fixed(amount_minor=read.number("bonus", needed=True), cap_minor=cap)
    elif kind == "per_item":
        yield PerItem(amount_minor=read.number("bonus", needed=True), cap_minor=cap)
    else:
        read.problems["bonus_kind"] = "no_choice"


def _discounts(read: Typed) -> Iterator[AnyDiscount]:
    kind = read.text("discount_kind")
    if kind == "none":
        return
    cap = read.number("discount_cap") or None
    if kind == "percent":
        yield PercentOff(basis_points=read.number("discount", most=10_000, needed=True), cap_minor=cap)
    elif kind == "amount":
        yield AmountOff(amount_minor=read.number("discount", needed=True), cap_minor=cap)
    elif kind == "per_item":
        yield PerItemOff(amount_minor=read.number("discount", needed=True), cap_minor=cap)
    else:
        read.problems["discount_kind"] = "no_choice"


def _funding(read: Typed) -> Funding:
    shop, agent = (read.number(name, least=0, most=10_000) for name in ("shop_share", "agent_share"))
    if shop + agent > 10_000:
        read.problems["shop_share"] = "over_whole"
    return Funding(shop, agent)


def _attribution(read: Typed, base: Rules) -> Attribution | None:
    days = read.count("window_days", most=3_660)
    if not days:
        return None
    return msgspec.structs.replace(base.attribution or Attribution(days), window_days=days)


def _tells(read: Typed) -> Tells:
    shop, goods = (read.one_of(name, Literal["yes", "no"]) == "yes" for name in ("tells_shop", "tells_goods"))
    return Tells(shop, read.one_of("tells_amount", Literal["exact", "band", "nothing"]), goods)


def _eligibility(read: Typed, snapshot: Snapshot, program: Program) -> Eligibility:
    shops = {shop.code: shop.id for shop in snapshot.shops.values() if shop.program_id == program.id}
    first, last = read.day("starts_on"), read.day("ends_on")
    if first and last and last < first:
        read.problems["ends_on"] = "before_first"
    return Eligibility(
        segments=read.words("segments"),
        shops=read.ids("shops", shops.get),
        regions=read.words("regions"),
        products=read.ids("products", lambda said: snapshot.product_id(program.id, said)),
        starts_on=first,
        ends_on=last,
    )


def _conditions(read: Typed) -> Iterator[AnyCondition]:
    if least := read.number("min_amount"):
        yield AmountAtLeast(least)
    if read.text("new_customers"):
        yield NewCustomer()


def _limits(read: Typed) -> Iterator[Limit]:
    for scope in LIMITED:
        period = read.one_of(f"{scope}_period", Period)
        if count := read.count(f"{scope}_count", most=10**9):
            yield Limit(scope, period or Period.ALL, count)


def _rates(base: Rules, program: Program) -> dict[str, Rate]:
    """A bonus unit for a unit of the currency, unless they are the same."""
    return {} if base.asset == program.currency else {program.currency: Rate(1, 1)}


def _filled(rules: Rules, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    eligibility = rules.eligibility
    yield "trigger", rules.trigger.value
    yield "segments", ", ".join(sorted(eligibility.segments))
    yield "regions", ", ".join(sorted(eligibility.regions))
    yield "products", ", ".join(sorted(_of(snapshot.products, eligibility.products, "sku")))
    yield "shops", ", ".join(sorted(_of(snapshot.shops, eligibility.shops, "code")))
    yield "starts_on", eligibility.starts_on.isoformat() if eligibility.starts_on else ""
    yield "ends_on", eligibility.ends_on.isoformat() if eligibility.ends_on else ""
    yield from _filled_effect(rules)
    yield from _filled_discount(rules)
    yield "shop_share", _number(rules.funding.shop_basis_points)
    yield "agent_share", _number(rules.funding.agent_basis_points)
    for condition in rules.conditions:
        if isinstance(condition, AmountAtLeast):
            yield "min_amount", _number(condition.at_least)
        if isinstance(condition, NewCustomer):
            yield "new_customers", "yes"
    for limit in rules.limits:
        if limit.scope in LIMITED:
            yield f"{limit.scope}_count", str(limit.max_count or "")
            yield f"{limit.scope}_period", limit.period.value
    yield "wait_days", str(rules.wait_seconds // DAY_SECONDS)
    yield "expires_days", str(rules.expires_after_days or "")
    yield "window_days", str(rules.attribution.window_days) if rules.attribution else ""
    yield "self_purchase", rules.self_purchase
    yield "tells_shop", "yes" if rules.tells.shop else "no"
    yield "tells_amount", rules.tells.amount
    yield "tells_goods", "yes" if rules.tells.goods else "no"


def _filled_effect(rules: Rules) -> Iterator[tuple[str, str]]:
    match rules.effects:
        case [Percent(basis_points=number) | Fixed(amount_minor=number) | PerItem(amount_minor=number) as effect]:
            yield "bonus_kind", str(effect.__struct_config__.tag)
            yield "bonus", _number(number)
            yield "bonus_cap", _number(effect.cap_minor or 0)
        case _:
            yield "bonus_kind", "none"


def _filled_discount(rules: Rules) -> Iterator[tuple[str, str]]:
    match rules.discounts:
        case [
            PercentOff(basis_points=number) | AmountOff(amount_minor=number) | PerItemOff(amount_minor=number) as off
        ]:
            yield "discount_kind", str(off.__struct_config__.tag)
            yield "discount", _number(number)
            yield "discount_cap", _number(off.cap_minor or 0)
        case _:
            yield "discount_kind", "none"


def _of(known: Any, ids: frozenset[UUID], name: str) -> list[str]:
    return [getattr(known[id_], name) for id_ in ids if id_ in known]


def _number(hundredths: int) -> str:
    return f"{Decimal(hundredths) / 100:f}".removesuffix(".00") if hundredths else ""
