"""The words of the till's pages, in Russian and English."""

from typing import Final

import msgspec

from referrals.words import Language


class TillWords(msgspec.Struct, frozen=True):
    """One language's words."""

    till: str
    vouchers: str
    shift: str
    day: str
    paper: str
    code: str
    code_hint: str
    next: str
    goods: str
    goods_hint: str
    price: str
    price_hint: str
    quantity: str
    add: str
    check: str
    remove: str
    receipt: str
    receipt_hint: str
    phone: str
    phone_hint: str
    sold_at: str
    sold_at_hint: str
    new_customer: str
    just_sum: str
    full: str
    discount: str
    to_pay: str
    each: str
    yes: str
    no: str
    yes_say: str
    yes_no_discount: str
    confirm: str
    confirm_hint: str
    change: str
    done: str
    done_hint: str
    undo: str
    undo_ask: str
    undone: str
    returned: str
    open_title: str
    open_text: str
    pin: str
    open: str
    no_pin: str
    set_pin: str
    since: str
    sales: str
    undone_count: str
    hand_over: str
    hand_over_hint: str
    colleague: str
    colleague_pin: str
    take: str
    close: str
    close_hint: str
    csv: str
    empty: str
    time: str
    number: str
    cashier: str
    state: str
    from_paper: str
    bad_line: str
    bad_time: str
    help_title: str
    help: tuple[str, ...]
    down_title: str
    down: tuple[str, ...]
    form_title: str
    form_heads: tuple[str, ...]
    print: str
    reasons: dict[str, str]
    other_reason: str


_RU: Final = TillWords(
    till="Касса",
    vouchers="Услуги",
    shift="Смена",
    day="Список за день",
    paper="Если нет связи",
    code="Промокод",
    code_hint="Отсканируйте штрихкод или QR покупателя или введите промокод и нажмите Enter.",
    next="Дальше",
    goods="Товар",
    goods_hint="Отсканируйте товар или введите артикул. Пусто, если вводите только сумму.",
    price="Цена за штуку, ₽",
    price_hint="Например 1234,50",
    quantity="Штук",
    add="Добавить",
    check="Проверить скидку",
    remove="Убрать",
    receipt="Номер чека",
    receipt_hint="Необязательно.",
    phone="Телефон покупателя",
    phone_hint="Только если страница о нём попросит. Номер нигде не сохраняется.",
    sold_at="Когда продано",
    sold_at_hint="С бумажного бланка: 22.11.2026 14:30",
    new_customer="Новый покупатель",
    just_sum="Без артикула",
    full="Без скидки",
    discount="Скидка",
    to_pay="К оплате",
    each="По цене",
    yes="ДА",
    no="НЕТ",
    yes_say="По вашему промокоду скидка {discount}. К оплате {final}.",
    yes_no_discount="Промокод принят. Скидки по нему нет: он отмечает, по чьему совету вы пришли. К оплате {final}.",
    confirm="Провести продажу",
    confirm_hint="Сначала проведите продажу здесь, потом пробейте чек по этим ценам.",
    change="Изменить",
    done="Продажа проведена",
    done_hint="Пробейте чек по этим ценам.",
    undo="Отменить продажу",
    undo_ask="Покупатель передумал или в продаже ошибка? Отмена вернёт всё, как было до неё.",
    undone="Отменена",
    returned="Возвращена",
    open_title="Открыть смену",
    open_text="Сейчас у вас нет открытой смены. Введите свой ПИН.",
    pin="ПИН",
    open="Открыть смену",
    no_pin="Сначала задайте ПИН: он нужен, чтобы открывать и принимать смену.",
    set_pin="Задать ПИН",
    since="Смена открыта",
    sales="Продаж",
    undone_count="Отменено",
    hand_over="Передать смену",
    hand_over_hint="Сверьте итоги вместе. Сменщик вводит свой логин и ПИН; ваша смена закроется, его откроется.",
    colleague="Логин сменщика",
    colleague_pin="ПИН сменщика",
    take="Принять смену",
    close="Закрыть смену",
    close_hint="После этого продажи смены здесь не отменить.",
    csv="Скачать CSV",
    empty="Пока ничего.",
    time="Время",
    number="Номер",
    cashier="Кассир",
    state="Состояние",
    from_paper="Ввести с бумаги",
    bad_line="Проверьте: цена как 1234,50, штук целое число не меньше 1.",
    bad_time="Время не подходит: как 22.11.2026 14:30, не в будущем и не раньше, чем 30 дней назад.",
    help_title="Как пользоваться",
    help=(
        "Отсканируйте или введите промокод, Enter.",
        (
            "Отсканируйте товар, Enter; введите цену, Enter. Так каждый товар. Если товаров много и все без "
            "особых условий, введите одну общую сумму без артикула."
        ),
        "Enter на пустой строке проверяет скидку. Прочитайте покупателю фразу с экрана.",
        "Enter проводит продажу. Пробейте чек по ценам с экрана.",
        "Ошиблись: «Отменить продажу», пока ваша смена открыта. Потом возврат оформляет производитель.",
        "Нажали дважды или обновили страницу: вторая продажа не появится.",
    ),
    down_title="Если страница не открывается",
    down=(
        "Распечатайте этот лист заранее и держите у кассы.",
        (
            "Без связи проверить промокод нельзя. Продавайте по обычной цене или, если так решил старший в магазине, "
            "со скидкой по карточке покупателя: оплатит ли её производитель, станет известно при вводе."
        ),
        "Запишите продажу в бланк: время, промокод буква в букву, товары, цены, номер чека.",
        (
            "Когда связь вернётся, откройте «Ввести с бумаги» и введите каждую строку с её временем. Чем раньше, тем "
            "лучше: через несколько дней (срок в условиях акции) строки уже не примут."
        ),
        "Ввели строку: вычеркните её. Дважды введённый номер чека второй раз не засчитается.",
        "Телефоны и имена покупателей в бланк не пишите.",
    ),
    form_title="Бланк продаж без связи",
    form_heads=("Дата, время", "Промокод", "Товары, штук, цена", "Номер чека", "Введено"),
    print="Этот лист печатается без меню: Ctrl+P.",
    reasons={
        "expired": "Срок этого промокода закончился.",
        "not_started": "Этот промокод ещё не действует.",
        "not_active": "Такого промокода сейчас нет.",
        "stopped": "Акция этого промокода остановлена.",
        "not_eligible_product": "Промокод действует на другие товары.",
        "not_eligible_segment": "Для этой покупки промокод не подходит.",
        "min_amount": "Сумма покупки меньше, чем нужно для скидки.",
        "self_purchase": "По собственному промокоду скидки нет.",
        "stacking_conflict": "Вместе с другим промокодом этот не действует.",
        "limit_code": "Этот промокод использован столько раз, сколько можно.",
        "limit_customer": "Скидка по телефону покупателя. Введите его; если введён, покупатель её уже получил.",
        "limit_shop": "В этом магазине скидки по акции закончились.",
        "limit_agent": "Скидки по этому промокоду на сегодня закончились.",
        "limit_campaign": "Скидки по этой акции закончились.",
        "budget_exhausted": "Скидки по этой акции закончились.",
    },
    other_reason="По этому промокоду сейчас скидки нет.",
)
_EN: Final = TillWords(
    till="Till",
    vouchers="Services",
    shift="Shift",
    day="Today's list",
    paper="If the line is down",
    code="Promo code",
    code_hint="Scan the customer's bars or QR, or type the code, and press Enter.",
    next="Next",
    goods="Goods",
    goods_hint="Scan the goods or type their SKU. Leave it empty to enter just a sum.",
    price="Price each",
    price_hint="Such as 1234.50",
    quantity="Pieces",
    add="Add",
    check="Check the discount",
    remove="Remove",
    receipt="Receipt number",
    receipt_hint="If you like.",
    phone="Customer's phone",
    phone_hint="Only where the page asks for it. The number is not kept anywhere.",
    sold_at="When it was sold",
    sold_at_hint="From the paper form: 22.11.2026 14:30",
    new_customer="New customer",
    just_sum="Without a SKU",
    full="Full price",
    discount="Discount",
    to_pay="To pay",
    each="At",
    yes="YES",
    no="NO",
    yes_say="Your promo code gives {discount} off. You pay {final}.",
    yes_no_discount="The promo code is taken. It gives no discount; it tells who sent you. You pay {final}.",
    confirm="Sell",
    confirm_hint="Sell here first, then print the receipt at these prices.",
    change="Change",
    done="Sold",
    done_hint="Print the receipt at these prices.",
    undo="Undo the sale",
    undo_ask="Has the customer changed his mind, or is something wrong? Undoing leaves everything as it was before.",
    undone="Undone",
    returned="Returned",
    open_title="Open a shift",
    open_text="You have no open shift. Type your PIN.",
    pin="PIN",
    open="Open the shift",
    no_pin="Set a PIN first: it opens a shift, and takes one over.",
    set_pin="Set the PIN",
    since="Shift open since",
    sales="Sales",
    undone_count="Undone",
    hand_over="Hand the shift over",
    hand_over_hint="Look at the sums together. Your colleague types his login and PIN; your shift closes, his opens.",
    colleague="Colleague's login",
    colleague_pin="Colleague's PIN",
    take="Take the shift over",
    close="Close the shift",
    close_hint="Its sales can then be undone here no more.",
    csv="Download CSV",
    empty="Nothing yet.",
    time="Time",
    number="Number",
    cashier="Cashier",
    state="State",
    from_paper="Enter from paper",
    bad_line="Look again: a price such as 1234.50, pieces as a whole number of 1 or more.",
    bad_time="This time cannot be: such as 22.11.2026 14:30, not ahead and not more than 30 days ago.",
    help_title="How it works",
    help=(
        "Scan or type the promo code, Enter.",
        (
            "Scan the goods, Enter; type the price, Enter. So with each. Where there is much and none of it is "
            "special, enter one sum without a SKU."
        ),
        "Enter on an empty line checks the discount. Read the sentence to the customer.",
        "Enter sells. Print the receipt at the prices shown.",
        "A mistake: “Undo the sale”, as long as your shift is open. Later the maker takes goods back.",
        "Pressed twice, or reloaded: there is no second sale.",
    ),
    down_title="If this page does not open",
    down=(
        "Print this sheet beforehand and keep it at the till.",
        (
            "Without a line no promo code can be checked. Sell at the usual price or, if the manager says so, with "
            "the discount on the customer's card: whether the maker pays for it shows when it is entered."
        ),
        "Write the sale into the form: time, promo code letter by letter, goods, prices, receipt number.",
        (
            "When the line is back, open “Enter from paper” and enter each row with its time. The sooner the better: "
            "after some days (the offer's terms say how many) rows are taken no more."
        ),
        "Strike out what you have entered. A receipt number that is entered twice counts once.",
        "Write down no phones and no names of customers.",
    ),
    form_title="Sales without a line",
    form_heads=("Date, time", "Promo code", "Goods, pieces, price", "Receipt number", "Entered"),
    print="This sheet prints without the menu: Ctrl+P.",
    reasons={
        "expired": "This promo code has ended.",
        "not_started": "This promo code does not work yet.",
        "not_active": "There is no such promo code now.",
        "stopped": "The campaign of this promo code was stopped.",
        "not_eligible_product": "The promo code is for other goods.",
        "not_eligible_segment": "The promo code is not for this purchase.",
        "min_amount": "The purchase is below what the discount asks for.",
        "self_purchase": "Nobody gets a discount by his own promo code.",
        "stacking_conflict": "It does not go together with the other promo code.",
        "limit_code": "This promo code has been used as often as it may be.",
        "limit_customer": "The discount goes by the customer's phone. Enter it; where it is entered, he has had it.",
        "limit_shop": "The offer is used up in this shop.",
        "limit_agent": "The discounts of this promo code are used up for now.",
        "limit_campaign": "The discounts of this offer are used up.",
        "budget_exhausted": "The discounts of this offer are used up.",
    },
    other_reason="This promo code gives no discount now.",
)
TILL_WORDS: Final[dict[Language, TillWords]] = {"ru": _RU, "en": _EN}
