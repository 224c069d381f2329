"""The words of the maker's console, in Russian and English."""

from typing import Final

import msgspec

from referrals.words import Language


class Words(msgspec.Struct, frozen=True):
    """One language's words of the console."""

    campaigns: str
    figures: str
    codes: str
    redemptions: str
    groups: str
    program: str
    choose: str
    new: str
    none_yet: str
    state: str
    left: str
    left_of: str
    no_budget: str
    states: dict[str, str]
    begun: str
    ended: str
    version: str
    versions: str
    since: str
    by: str
    in_words: str
    languages: dict[Language, str]
    customers_read: str
    past: str
    past_hint: str
    past_none: str
    past_failed: str
    counting: str
    count: str
    purchases: str
    given: str
    bonus: str
    discount: str
    of_it_shops: str
    participants: str
    month: str
    same_days: str
    bonus_out: str
    discount_out: str
    not_given: str
    reasons: dict[str, str]
    start: str
    start_hint: str
    change: str
    pause: str
    resume: str
    end: str
    end_hint: str
    kill: str
    kill_hint: str
    reason: str
    top_up: str
    top_up_hint: str
    amount: str
    budget_of: str
    more: str
    rules: str
    day_from: str
    day_to: str
    all_campaigns: str
    show: str
    campaign: str
    by_names: dict[str, str]
    whole: str
    goods: str
    key_none: str
    fewer: str
    fewer_hint: str
    nothing: str
    file: str
    code: str
    participant: str
    seen: str
    redeemed: str
    earned: str
    code_states: dict[str, str]
    at: str
    shop: str
    what: str
    paid: str
    bonus_states: dict[str, str]
    order_states: dict[str, str]
    next: str


_REASONS_RU: Final = {
    "not_eligible_product": "нет товаров кампании",
    "not_eligible_segment": "участник, магазин или регион не подходят",
    "not_active": "не в эти часы или повторная покупка",
    "receipt_unverified": "чек не подтверждён",
    "min_amount": "сумма или количество меньше нужного",
    "self_purchase": "покупка для себя",
    "goods_returned": "товар вернули",
    "limit_code": "предел промокода",
    "limit_customer": "предел покупателя",
    "limit_shop": "предел магазина",
    "limit_agent": "предел участника",
    "limit_campaign": "предел кампании",
}
_REASONS_EN: Final = {
    "not_eligible_product": "no goods of the campaign",
    "not_eligible_segment": "another participant, shop or region",
    "not_active": "outside its hours, or a repeat purchase",
    "receipt_unverified": "the receipt is not proven",
    "min_amount": "too little or too few",
    "self_purchase": "bought for oneself",
    "goods_returned": "the goods came back",
    "limit_code": "the code's limit",
    "limit_customer": "the customer's limit",
    "limit_shop": "the shop's limit",
    "limit_agent": "the participant's limit",
    "limit_campaign": "the campaign's limit",
}
_RU: Final = Words(
    campaigns="Кампании",
    figures="Цифры",
    codes="Промокоды",
    redemptions="Покупки",
    groups="Группы",
    program="Программа",
    choose="Выбрать",
    new="Новая кампания",
    none_yet="Кампаний пока нет. Создайте первую: до запуска она никому ничего не начислит.",
    state="Состояние",
    left="Осталось",
    left_of="из {cap}; потрачено {spent}",
    no_budget="бюджета нет",
    states={
        "draft": "черновик",
        "active": "идёт",
        "paused": "на паузе",
        "ended": "завершена",
        "killed": "остановлена",
    },
    begun="Начата",
    ended="Завершена",
    version="версия",
    versions="Все версии",
    since="Действует с",
    by="Кем",
    in_words="Условия",
    languages={"ru": "По-русски", "en": "По-английски"},
    customers_read="Покупатель прочтёт на карточке",
    past="Сколько это стоило бы за прошлый год",
    past_hint=(
        "Правила проиграны по настоящим покупкам этого вида с {since} по {until}, как если бы все они пришли по этой "
        "кампании, весь год и без предела бюджета. Полностью возвращённые заказы не считаются."
    ),
    past_none="За последний год не было ни одной такой покупки: сравнить не с чем.",
    past_failed="Подсчёт не удался. Ошибка записана.",
    counting="Считаем по покупкам за год: {percent} %. Страница обновится сама.",
    count="Посчитать",
    purchases="Покупки",
    given="Из них с выгодой",
    bonus="Бонусы",
    discount="Скидки",
    of_it_shops="из них за счёт магазинов {amount}",
    participants="Участники",
    month="Месяц",
    same_days="В те же дни год назад: покупок {count}, за них {bonus} и скидки на {discount}.",
    bonus_out="Бюджет бонусов кончился бы {day}.",
    discount_out="Бюджет скидок кончился бы {day}.",
    not_given="Почему без выгоды",
    reasons=_REASONS_RU,
    start="Запустить",
    start_hint="С этой минуты кампания действует. Что было раньше, она не оплачивает.",
    change="Изменить условия",
    pause="Поставить на паузу",
    resume="Продолжить",
    end="Завершить",
    end_hint="Покупки, сделанные до этой минуты, ещё будут оплачены, даже если придут позже.",
    kill="Аварийно остановить",
    kill_hint="Ничего больше не начисляется, и обратно включить нельзя. Уже начисленное остаётся.",
    reason="Причина",
    top_up="Пополнить бюджет",
    top_up_hint="Отказы из-за пустого бюджета можно затем пересчитать.",
    amount="Сумма",
    budget_of="Какой бюджет",
    more="Пауза, завершение, остановка",
    rules="Правила целиком (JSON)",
    day_from="С",
    day_to="По",
    all_campaigns="Все кампании",
    show="Показать",
    campaign="Кампания",
    by_names={"product": "По товарам", "shop": "По магазинам", "day": "По дням", "campaign": "По кампаниям"},
    whole="Всего",
    goods="Оплачено за товары",
    key_none="не указано",
    fewer="меньше {count}",
    fewer_hint="Где за строкой меньше {count} участников, бонусы и число участников скрыты, чтобы никого не выделить.",
    nothing="За эти дни ничего не было.",
    file="Скачать",
    code="Промокод",
    participant="Участник",
    seen="Открыли",
    redeemed="Покупок",
    earned="Заработано",
    code_states={"active": "работает", "paused": "на паузе", "archived": "в архиве"},
    at="Время",
    shop="Магазин",
    what="Товары",
    paid="Оплачено",
    bonus_states={
        "queued": "считается",
        "waiting": "ожидает",
        "pending": "ждёт срока",
        "credited": "начислен",
        "denied": "отказ",
        "canceled": "отменён",
        "clawed_back": "возвращён",
        "none": "нет",
    },
    order_states={"succeeded": "", "partially_returned": "часть вернули", "returned": "вернули"},
    next="Дальше",
)
_EN: Final = Words(
    campaigns="Campaigns",
    figures="Figures",
    codes="Promo codes",
    redemptions="Purchases",
    groups="Groups",
    program="Program",
    choose="Choose",
    new="New campaign",
    none_yet="There is no campaign yet. Make the first one: before it is started it pays nobody.",
    state="State",
    left="Left",
    left_of="of {cap}; spent {spent}",
    no_budget="no budget",
    states={"draft": "draft", "active": "running", "paused": "paused", "ended": "ended", "killed": "stopped"},
    begun="Started",
    ended="Ended",
    version="version",
    versions="Every version",
    since="In force from",
    by="By",
    in_words="The offer",
    languages={"ru": "In Russian", "en": "In English"},
    customers_read="What a customer reads on the card",
    past="What it would have cost last year",
    past_hint=(
        "The rules were played over the real purchases of this kind from {since} to {until}, as if each of them had "
        "come under this campaign, all year and with any budget. Orders that came back whole do not count."
    ),
    past_none="There was no such purchase within the last year: there is nothing to hold it against.",
    past_failed="It could not be counted. The error is logged.",
    counting="The year's purchases are being counted: {percent}%. The page renews itself.",
    count="Count it",
    purchases="Purchases",
    given="Given something",
    bonus="Bonuses",
    discount="Discounts",
    of_it_shops="of them paid by shops {amount}",
    participants="Participants",
    month="Month",
    same_days="On the same days a year ago: purchases {count}, for them {bonus} and discounts of {discount}.",
    bonus_out="The budget for bonuses would have been used up on {day}.",
    discount_out="The budget for discounts would have been used up on {day}.",
    not_given="Why others got nothing",
    reasons=_REASONS_EN,
    start="Start",
    start_hint="From this minute on the campaign runs. It pays for nothing that was before.",
    change="Change the terms",
    pause="Pause",
    resume="Resume",
    end="End",
    end_hint="What was bought before this minute is still paid, even if it arrives later.",
    kill="Stop at once",
    kill_hint="Nothing is paid any more, and it cannot be turned on again. What was credited stays.",
    reason="Reason",
    top_up="Top up the budget",
    top_up_hint="What an empty budget has refused can be counted again afterwards.",
    amount="Amount",
    budget_of="Which budget",
    more="Pause, end, stop",
    rules="The rules as a whole (JSON)",
    day_from="From",
    day_to="To",
    all_campaigns="Every campaign",
    show="Show",
    campaign="Campaign",
    by_names={"product": "By product", "shop": "By shop", "day": "By day", "campaign": "By campaign"},
    whole="In all",
    goods="Paid for goods",
    key_none="not said",
    fewer="fewer than {count}",
    fewer_hint="Where fewer than {count} participants are behind a row, its bonuses and their number are hidden.",
    nothing="Nothing happened on these days.",
    file="Download",
    code="Promo code",
    participant="Participant",
    seen="Opened",
    redeemed="Purchases",
    earned="Earned",
    code_states={"active": "works", "paused": "paused", "archived": "archived"},
    at="Time",
    shop="Shop",
    what="Goods",
    paid="Paid",
    bonus_states={
        "queued": "being counted",
        "waiting": "waiting",
        "pending": "until its date",
        "credited": "credited",
        "denied": "refused",
        "canceled": "canceled",
        "clawed_back": "taken back",
        "none": "none",
    },
    order_states={"succeeded": "", "partially_returned": "partly returned", "returned": "returned"},
    next="Next",
)
WORDS: Final[dict[Language, Words]] = {"ru": _RU, "en": _EN}
