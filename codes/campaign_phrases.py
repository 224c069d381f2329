"""The phrases in which a campaign is told to the maker's people, in Russian and English."""

from typing import Final

from msgspec import Struct

from codes.promo_words import Forms
from programs.facts import ActivityKind
from programs.periods import Period
from programs.rules import LimitScope
from referrals.words import Language


class Phrases(Struct, frozen=True):
    """One language's phrases; what stands in braces is filled in."""

    who: str
    evidence: str
    goods: str
    to_participant: str
    to_customer: str
    where: str
    when: str
    conditions: str
    spending: str
    limits: str
    bearers: str
    window: str
    reads: str
    budget: str
    everybody: str
    segments: str
    kinds: dict[ActivityKind, str]
    all_goods: str
    bonus_percent: str
    bonus_fixed: str
    bonus_item: str
    bonus_other: str
    no_bonus: str
    to_others: str
    off_percent: str
    off_amount: str
    off_item: str
    no_discount: str
    of_some: str
    capped: str
    everywhere: str
    shops: str
    regions: str
    between: str
    until: str
    from_on: str
    until_ended: str
    from_amount: str
    from_pieces: Forms
    new_customers: str
    first_purchase: str
    other_condition: str
    after_days: str
    at_once: str
    expires: str
    no_more: str
    scopes: dict[LimitScope, str]
    periods: dict[Period, str]
    times: Forms
    days: Forms
    window_days: str
    the_shop: str
    the_goods: str
    the_sum: str
    the_band: str
    only_the_bonus: str
    maker: str
    shop: str
    participant: str
    and_more: str


_RU: Final = Phrases(
    who="Кто участвует",
    evidence="За что",
    goods="Товары",
    to_participant="Участнику",
    to_customer="Покупателю",
    where="Где",
    when="Когда",
    conditions="Условия",
    spending="Бонусы можно тратить",
    limits="Пределы",
    bearers="Скидку оплачивает",
    window="Повторные покупки",
    reads="Участник узнаёт",
    budget="Бюджет",
    everybody="Все мастера",
    segments="Группы: {}",
    kinds={
        ActivityKind.CODE_SCANNED: "Код с упаковки отсканирован",
        ActivityKind.PROMO_REDEEMED: "Покупка с промокодом мастера",
        ActivityKind.RECEIPT_MATCHED: "Чек с товарами принят",
        ActivityKind.UNIT_REGISTERED: "Оборудование зарегистрировано",
        ActivityKind.FRIEND_CONVERTED: "Приглашённый мастер начал работать",
        ActivityKind.COURSE_PASSED: "Обучение пройдено",
    },
    all_goods="Все",
    bonus_percent="{percent} от цены бонусами",
    bonus_fixed="{amount} за каждую покупку или код",
    bonus_item="{amount} за каждую штуку",
    bonus_other="по шкале из правил",
    no_bonus="ничего",
    to_others=" (по долям из правил)",
    off_percent="скидка {percent}",
    off_amount="скидка {amount} на заказ",
    off_item="скидка {amount} с каждой штуки",
    no_discount="скидки нет",
    of_some=" на {goods}",
    capped=", но не больше {most}",
    everywhere="Во всех магазинах",
    shops="Магазины: {}",
    regions="Регионы: {}",
    between="С {first} по {last} включительно",
    until="По {last} включительно",
    from_on="С {first}",
    until_ended="Пока её не завершат",
    from_amount="заказ от {amount}",
    from_pieces={"one": "от {count} штуки", "other": "от {count} штук"},
    new_customers="только новые покупатели",
    first_purchase="только первая покупка покупателя",
    other_condition="особое условие (см. правила)",
    after_days="через {days} после покупки",
    at_once="сразу",
    expires=", сгорают через {days}",
    no_more="не больше",
    scopes={
        LimitScope.AGENT: "один участник",
        LimitScope.CUSTOMER: "один покупатель",
        LimitScope.SHOP: "один магазин",
        LimitScope.CODE: "один промокод",
        LimitScope.CAMPAIGN: "вся кампания",
    },
    periods={
        Period.DAY: "в день",
        Period.WEEK: "в неделю",
        Period.MONTH: "в месяц",
        Period.QUARTER: "в квартал",
        Period.YEAR: "в год",
        Period.ALL: "за всё время",
    },
    times={"one": "{count} раза", "other": "{count} раз"},
    days={"one": "{count} день", "few": "{count} дня", "other": "{count} дней"},
    window_days="Остаются за участником {days}",
    the_shop="магазин",
    the_goods="товары",
    the_sum="сумму",
    the_band="примерную сумму",
    only_the_bonus="только свой бонус",
    maker="производитель",
    shop="магазин",
    participant="участник из бонуса",
    and_more=" и ещё {count}",
)
_EN: Final = Phrases(
    who="Who takes part",
    evidence="For what",
    goods="Goods",
    to_participant="To the participant",
    to_customer="To the customer",
    where="Where",
    when="When",
    conditions="Conditions",
    spending="Bonuses can be spent",
    limits="Limits",
    bearers="The discount is paid by",
    window="Repeat purchases",
    reads="The participant reads",
    budget="Budget",
    everybody="Every installer",
    segments="Groups: {}",
    kinds={
        ActivityKind.CODE_SCANNED: "A packaging code is scanned",
        ActivityKind.PROMO_REDEEMED: "A purchase with an installer's promo code",
        ActivityKind.RECEIPT_MATCHED: "A receipt with the goods is accepted",
        ActivityKind.UNIT_REGISTERED: "Equipment is registered",
        ActivityKind.FRIEND_CONVERTED: "An invited installer has begun to work",
        ActivityKind.COURSE_PASSED: "A course is passed",
    },
    all_goods="All",
    bonus_percent="{percent} of the price as bonuses",
    bonus_fixed="{amount} for each purchase or code",
    bonus_item="{amount} for each piece",
    bonus_other="by the scale in the rules",
    no_bonus="nothing",
    to_others=" (by the shares in the rules)",
    off_percent="{percent} off",
    off_amount="{amount} off the order",
    off_item="{amount} off each piece",
    no_discount="no discount",
    of_some=" on {goods}",
    capped=", at most {most}",
    everywhere="In every shop",
    shops="Shops: {}",
    regions="Regions: {}",
    between="From {first} through {last}",
    until="Through {last}",
    from_on="From {first}",
    until_ended="Until somebody ends it",
    from_amount="orders of {amount} or more",
    from_pieces={"one": "at least {count} piece", "other": "at least {count} pieces"},
    new_customers="new customers only",
    first_purchase="a customer's first purchase only",
    other_condition="a condition of its own (see the rules)",
    after_days="{days} after the purchase",
    at_once="at once",
    expires=", gone after {days}",
    no_more="at most",
    scopes={
        LimitScope.AGENT: "one participant",
        LimitScope.CUSTOMER: "one customer",
        LimitScope.SHOP: "one shop",
        LimitScope.CODE: "one promo code",
        LimitScope.CAMPAIGN: "the whole campaign",
    },
    periods={
        Period.DAY: "a day",
        Period.WEEK: "a week",
        Period.MONTH: "a month",
        Period.QUARTER: "a quarter",
        Period.YEAR: "a year",
        Period.ALL: "ever",
    },
    times={"one": "{count} time", "other": "{count} times"},
    days={"one": "{count} day", "other": "{count} days"},
    window_days="Stay with the participant for {days}",
    the_shop="the shop",
    the_goods="the goods",
    the_sum="the sum",
    the_band="the sum roughly",
    only_the_bonus="his bonus alone",
    maker="the maker",
    shop="the shop",
    participant="the participant out of his bonus",
    and_more=" and {count} more",
)
PHRASES: Final[dict[Language, Phrases]] = {"ru": _RU, "en": _EN}
