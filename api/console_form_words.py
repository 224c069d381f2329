"""The words of the form of a campaign, in Russian and English."""

from typing import Final

import msgspec

from referrals.words import Language


class FormWords(msgspec.Struct, frozen=True):
    """One language's words of the form: labels and hints by field, choices, and what can be wrong."""

    new: str
    change: str
    change_hint: str
    offer: str
    bonus: str
    discount: str
    time: str
    limits: str
    told: str
    told_hint: str
    more: str
    advanced: str
    advanced_hint: str
    only_rules: str
    save: str
    save_rules: str
    labels: dict[str, str]
    hints: dict[str, str]
    triggers: dict[str, str]
    bonus_kinds: dict[str, str]
    discount_kinds: dict[str, str]
    periods: dict[str, str]
    self_purchases: dict[str, str]
    tells_amounts: dict[str, str]
    tells_goods: dict[str, str]
    tells_shops: dict[str, str]
    known: str
    problems: dict[str, str]
    unknown: str
    look: str
    rule_problems: dict[str, str]


_RU: Final = FormWords(
    new="Новая кампания",
    change="Изменить условия",
    change_hint="Новые условия действуют с момента сохранения. Уже начисленное не меняется.",
    offer="Кому и за что",
    bonus="Участнику",
    discount="Покупателю",
    time="Когда и сколько",
    limits="Пределы",
    told="Что участник узнаёт о покупке",
    told_hint="О покупателе он не узнаёт ничего. Процент от цены выдаёт и сумму: чтобы её скрыть, платите сумму.",
    more="Сроки бонусов и прочее",
    advanced="Правила целиком (JSON)",
    advanced_hint="Для того, чего нет в форме. Сохраняется этой кнопкой, поля выше тогда не читаются.",
    only_rules="Эти правила говорят больше, чем умеет форма. Измените их здесь.",
    save="Показать условия и цену",
    save_rules="Сохранить эти правила",
    labels={
        "name": "Название",
        "trigger": "За что платим",
        "segments": "Группы участников",
        "products": "Товары (артикулы или GTIN)",
        "regions": "Регионы",
        "shops": "Магазины (коды)",
        "bonus_kind": "Бонус",
        "bonus": "Сколько",
        "bonus_cap": "Не больше за покупку",
        "discount_kind": "Скидка",
        "discount": "Сколько",
        "discount_cap": "Не больше за заказ",
        "shop_share": "Доля магазина, %",
        "agent_share": "Доля участника из бонуса, %",
        "starts_on": "Первый день",
        "ends_on": "Последний день",
        "budget_bonus": "Бюджет бонусов",
        "budget_discount": "Бюджет скидок",
        "min_amount": "Заказ от",
        "new_customers": "Только новые покупатели",
        "customer_count": "Один покупатель: раз",
        "customer_period": "За какое время",
        "agent_count": "Один участник: раз",
        "agent_period": "За какое время",
        "campaign_count": "Вся кампания: раз",
        "campaign_period": "За какое время",
        "wait_days": "Бонус ждёт возврата товара, дней",
        "expires_days": "Бонус сгорает через, дней",
        "window_days": "Покупатель остаётся за участником, дней",
        "self_purchase": "Покупка для себя",
        "tells_amount": "Сумма",
        "tells_goods": "Товары",
        "tells_shop": "Магазин",
        "rules": "Правила",
    },
    hints={
        "name": "Его видите только вы и ваши коллеги.",
        "segments": "Через запятую. Пусто: все. Кто в какой группе, видно на странице «Группы».",
        "products": "Через запятую. Пусто: все товары.",
        "regions": "Через запятую. Пусто: везде.",
        "shops": "Через запятую. Пусто: во всех.",
        "bonus": "Проценты или сумма, например 3 или 450.",
        "bonus_cap": "Пусто: без предела.",
        "discount": "Проценты или сумма, например 5.",
        "discount_cap": "Пусто: без предела.",
        "shop_share": "Остальное платит производитель.",
        "agent_share": "Не больше его бонуса.",
        "starts_on": "Пусто: сразу после запуска.",
        "ends_on": "Включительно. Пусто: пока не завершите.",
        "budget_bonus": "Без бюджета ничего не начисляется.",
        "budget_discount": "В валюте программы. Без бюджета скидок нет.",
        "customer_count": "Гости без телефона и карты тогда скидки не получают.",
        "wait_days": "0: сразу можно тратить.",
        "expires_days": "Пусто: не сгорает.",
        "window_days": "Его следующие покупки без кода тоже приносят бонус. Пусто: нет.",
    },
    triggers={
        "promo_redeemed": "Покупка с промокодом участника",
        "receipt_matched": "Чек с нашими товарами",
        "code_scanned": "Код с упаковки",
        "unit_registered": "Регистрация оборудования",
        "friend_converted": "Приглашённый мастер",
        "course_passed": "Пройденное обучение",
    },
    bonus_kinds={
        "percent": "Процент от цены",
        "fixed": "Сумма за покупку",
        "per_item": "Сумма за штуку",
        "none": "Без бонуса",
    },
    discount_kinds={
        "none": "Без скидки",
        "percent": "Процент от цены",
        "amount": "Сумма с заказа",
        "per_item": "Сумма с каждой штуки",
    },
    periods={
        "all": "за всё время",
        "day": "в день",
        "week": "в неделю",
        "month": "в месяц",
        "quarter": "в квартал",
        "year": "в год",
    },
    self_purchases={
        "bonus_only": "только бонус, без скидки",
        "discount_only": "только скидка, без бонуса",
        "allow": "и скидка, и бонус",
        "deny": "ничего",
    },
    tells_amounts={
        "exact": "точная",
        "band": "примерная: «5 000 – 10 000 ₽»",
        "nothing": "не сообщать",
    },
    tells_goods={"yes": "названия и количество", "no": "не сообщать"},
    tells_shops={"yes": "название", "no": "не сообщать"},
    known="Есть в программе",
    problems={
        "needed": "Заполните это поле.",
        "no_number": "Здесь нужно число, например 3 или 2,5.",
        "out_of_range": "Такое число здесь не подходит.",
        "no_day": "Это не дата.",
        "no_choice": "Выберите из списка.",
        "no_words": "Слишком длинно или есть недопустимые знаки.",
        "over_whole": "Вместе больше ста процентов.",
        "before_first": "Последний день раньше первого.",
        "gives_nothing": "Кампания должна что-то давать: бонус или скидку.",
        "rules_unreadable": "Это не JSON правил: {told}",
    },
    unknown="В программе нет: {names}",
    look="Проверьте отмеченные поля: пока ничего не сохранено.",
    rule_problems={
        "a limit needs max_count, max_minor or both": "пределу нужно число раз, сумма или то и другое",
        "a limit of this scope and period stands above: put both into one": "такой предел уже есть выше",
        "a campaign pays something or takes something off": "кампания должна давать бонус или скидку",
        "only at a till there is a price to take something off": "скидка бывает только за покупку с промокодом",
        "only a till tells one customer from another": "покупатели различимы только за кассой",
        "shop and agent pay more than the whole discount": "доли магазина и участника вместе больше скидки",
        "the last day comes before the first": "последний день раньше первого",
        "none of these products takes part in the campaign": "ни один из этих товаров не участвует",
        "the shares are 10,000 basis points together": "доли вместе должны быть 10 000",
        "a course has no price to take a percentage of": "у обучения нет цены, процента быть не может",
        "each step has to begin above the one before": "каждая ступень начинается выше прежней",
        "rules never reach back, nor before other rules": "правила не действуют задним числом",
    },
)
_EN: Final = FormWords(
    new="New campaign",
    change="Change the terms",
    change_hint="New terms are in force from the moment they are saved. What was credited stays as it is.",
    offer="To whom and for what",
    bonus="To the participant",
    discount="To the customer",
    time="When and how much",
    limits="Limits",
    told="What the participant reads of a purchase",
    told_hint="Of the customer he reads nothing. A percentage tells the sum, too: to hide it, pay an amount.",
    more="When bonuses come and go, and more",
    advanced="The rules as a whole (JSON)",
    advanced_hint="For what the form does not have. This button saves it; the fields above are not read then.",
    only_rules="These rules say more than the form can. Change them here.",
    save="Show the offer and its cost",
    save_rules="Save these rules",
    labels={
        "name": "Name",
        "trigger": "What is paid for",
        "segments": "Groups of participants",
        "products": "Goods (SKUs or GTINs)",
        "regions": "Regions",
        "shops": "Shops (codes)",
        "bonus_kind": "Bonus",
        "bonus": "How much",
        "bonus_cap": "At most for a purchase",
        "discount_kind": "Discount",
        "discount": "How much",
        "discount_cap": "At most for an order",
        "shop_share": "The shop's share, %",
        "agent_share": "The participant's share out of his bonus, %",
        "starts_on": "First day",
        "ends_on": "Last day",
        "budget_bonus": "Budget for bonuses",
        "budget_discount": "Budget for discounts",
        "min_amount": "Orders from",
        "new_customers": "New customers only",
        "customer_count": "One customer: times",
        "customer_period": "Within",
        "agent_count": "One participant: times",
        "agent_period": "Within",
        "campaign_count": "The whole campaign: times",
        "campaign_period": "Within",
        "wait_days": "A bonus waits for returns, days",
        "expires_days": "A bonus is gone after, days",
        "window_days": "A customer stays with the participant, days",
        "self_purchase": "Bought for oneself",
        "tells_amount": "Sum",
        "tells_goods": "Goods",
        "tells_shop": "Shop",
        "rules": "Rules",
    },
    hints={
        "name": "Only you and your colleagues see it.",
        "segments": "Separated by commas. Empty: everybody. The page “Groups” tells who is in which.",
        "products": "Separated by commas. Empty: everything.",
        "regions": "Separated by commas. Empty: everywhere.",
        "shops": "Separated by commas. Empty: all.",
        "bonus": "Percents or an amount, such as 3 or 450.",
        "bonus_cap": "Empty: no cap.",
        "discount": "Percents or an amount, such as 5.",
        "discount_cap": "Empty: no cap.",
        "shop_share": "The maker pays the rest.",
        "agent_share": "Never more than his bonus.",
        "starts_on": "Empty: as soon as it is started.",
        "ends_on": "Included. Empty: until you end it.",
        "budget_bonus": "Without a budget nothing is credited.",
        "budget_discount": "In the program's currency. Without a budget there are no discounts.",
        "customer_count": "Guests without a phone or a card get no discount then.",
        "wait_days": "0: it can be spent at once.",
        "expires_days": "Empty: never.",
        "window_days": "His next purchases without a code bring a bonus, too. Empty: none.",
    },
    triggers={
        "promo_redeemed": "A purchase with a participant's promo code",
        "receipt_matched": "A receipt with our goods",
        "code_scanned": "A packaging code",
        "unit_registered": "Equipment registered",
        "friend_converted": "An installer invited",
        "course_passed": "A course passed",
    },
    bonus_kinds={
        "percent": "Percent of the price",
        "fixed": "An amount for a purchase",
        "per_item": "An amount for a piece",
        "none": "No bonus",
    },
    discount_kinds={
        "none": "No discount",
        "percent": "Percent of the price",
        "amount": "An amount off the order",
        "per_item": "An amount off each piece",
    },
    periods={
        "all": "ever",
        "day": "a day",
        "week": "a week",
        "month": "a month",
        "quarter": "a quarter",
        "year": "a year",
    },
    self_purchases={
        "bonus_only": "the bonus, no discount",
        "discount_only": "the discount, no bonus",
        "allow": "discount and bonus",
        "deny": "nothing",
    },
    tells_amounts={
        "exact": "exactly",
        "band": "roughly: “5,000 – 10,000 ₽”",
        "nothing": "not told",
    },
    tells_goods={"yes": "names and pieces", "no": "not told"},
    tells_shops={"yes": "its name", "no": "not told"},
    known="The program has",
    problems={
        "needed": "Fill in this field.",
        "no_number": "A number is needed here, such as 3 or 2.5.",
        "out_of_range": "That number cannot be.",
        "no_day": "This is no date.",
        "no_choice": "Choose one of the list.",
        "no_words": "Too long, or with letters that cannot be.",
        "over_whole": "More than a hundred percent together.",
        "before_first": "The last day comes before the first.",
        "gives_nothing": "A campaign gives something: a bonus or a discount.",
        "rules_unreadable": "This is no JSON of rules: {told}",
    },
    unknown="The program does not have: {names}",
    look="Look at the marked fields: nothing has been saved yet.",
    rule_problems={},
)
FORM_WORDS: Final[dict[Language, FormWords]] = {"ru": _RU, "en": _EN}
