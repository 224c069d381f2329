"""The words of the desk, in Russian and English."""

from typing import Final

import msgspec

from referrals.words import Language


class Words(msgspec.Struct, frozen=True):
    """One language's words of the desk."""

    desk: str
    receipts: str
    appeals: str
    nothing: str
    nothing_appeals: str
    more: str
    received: str
    participant: str
    seller: str
    total: str
    reason: str
    lines: str
    proposed: str
    receipt: str
    photo: str
    no_photo: str
    issued: str
    trust: str
    operation: str
    company: str
    yes: str
    number: str
    neighbours: str
    neighbours_hint: str
    this_one: str
    odd: str
    alike: str
    alike_hint: str
    state: str
    goods: str
    name: str
    quantity: str
    taken_for: str
    sku_short: str
    typed_hint: str
    typed_blind: str
    no_goods: str
    bought_by: str
    comes_back: str
    sales_hint: str
    no_sales: str
    maybe: str
    note: str
    note_hint: str
    accept: str
    reject: str
    why: str
    decided: str
    decided_meanwhile: str
    being_paid: str
    paid_in_part: str
    refusal_takes_back: str
    proposed_by_you: str
    answered_meanwhile: str
    waits_for_second: str
    keys: str
    back: str
    about: str
    about_receipt: str
    late: str
    appeal_words: str
    answer_by: str
    answer: str
    uphold: str
    refuse: str
    again: str
    line_problems: dict[str, str]
    states: dict[str, str]
    operations: dict[str, str]
    trusts: dict[str, str]
    # What a till prints beside the numbers, by the format of the receipt and our name for each.
    printed: dict[tuple[str, str], str]


_RU: Final = Words(
    desk="Проверка",
    receipts="Чеки",
    appeals="Обращения",
    nothing="Все чеки проверены.",
    nothing_appeals="Открытых обращений нет.",
    more="И ещё {count}: они появятся здесь, когда эти будут решены.",
    received="Получен",
    participant="Участник",
    seller="ИНН продавца",
    total="Сумма",
    reason="Почему здесь",
    lines="Строк",
    proposed="ждёт второго",
    receipt="Чек",
    photo="Фото чека",
    no_photo="Фото нет: код прислан текстом или снимок уже удалён.",
    issued="Время кассы",
    trust="Доказан",
    operation="Операция",
    company="Покупатель-организация",
    yes="да",
    number="Номер документа",
    neighbours="Соседние чеки кассы",
    neighbours_hint="Номера идут по порядку времени: у настоящего чека время между соседями.",
    this_one="этот чек",
    odd="Номер и время этого чека и проверяемого не сходятся.",
    alike="Похожие",
    alike_hint="Тот же документ у других участников и такая же сумма у этого же.",
    state="Состояние",
    goods="Товары",
    name="Название в чеке",
    quantity="Кол-во",
    taken_for="Товар производителя",
    sku_short="Артикул или GTIN",
    typed_hint=(
        "Состав покупки никто не сообщил. Перепишите с фото товары производителя: артикул или GTIN, сколько штук и "
        "сколько они стоили вместе. Остальные строки оставьте пустыми."
    ),
    typed_blind=(
        "Состав покупки никто не сообщил, и фото нет. Если вы знаете его иначе, впишите товары производителя; если "
        "нет, откажите: участник сможет прислать файл чека из приложения налоговой службы."
    ),
    no_goods="Состав неизвестен.",
    bought_by="Куплено по чеку",
    comes_back="Что возвращено",
    sales_hint="Выберите чек, по которому эти товары купили: бонус за них будет снят.",
    no_sales="Чека, по которому купили эти товары, среди принятых нет: снимать нечего. Откажите с заметкой.",
    maybe="Может быть:",
    note="Заметка",
    note_hint="Её видят только проверяющие. При отказе она обязательна.",
    accept="Принять (a)",
    reject="Отказать (r)",
    why="Почему отказ",
    decided="Решено: {by}.",
    decided_meanwhile="Пока вы смотрели, этот чек уже решён. Ваше решение ничего не изменило.",
    being_paid="По этому чеку как раз считается бонус: откажите через несколько секунд.",
    paid_in_part=(
        "За узнанное бонус уже посчитан. Назовите остальное, и доплата посчитается сама; оставьте пустым, если оно "
        "чужое."
    ),
    refusal_takes_back="Отказ снимает и начисленное.",
    proposed_by_you="Вы уже предложили принять этот чек. Из-за суммы решить должен другой человек.",
    answered_meanwhile="На это обращение уже ответили. Ваш ответ не отправлен.",
    waits_for_second="{by} предлагает принять. Из-за суммы нужен второй человек: проверьте и решите.",
    keys=(
        "Клавиши: Alt+a (Alt+ф) - принять, Alt+r (Alt+к) - отказать, Alt+n - к очереди; в Firefox вместе с Shift. "
        "Tab ведёт по полям. Enter в поле товара принимает чек, в заметке начинает новую строку."
    ),
    back="К очереди (n)",
    about="О чём",
    about_receipt="чек: открыть",
    late="Срок прошёл!",
    appeal_words="Слова участника",
    answer_by="Ответить до",
    answer="Ответ участнику",
    uphold="Участник прав",
    refuse="Отказать",
    again="Спросить правила ещё раз",
    line_problems={
        "no_such_line": "Такой строки в чеке нет.",
        "does_not_pay": "За эту строку бонус не платится: это не товар или предоплата.",
        "no_such_product": "Такого товара в каталоге нет. Проверьте артикул.",
        "nothing_pays": "Ни одна строка не узнана: укажите товар хотя бы для одной или откажите.",
        "not_a_sale": "Это возврат: выберите чек, по которому товары купили.",
        "not_a_return": "Это не возврат: чек покупки к нему не нужен.",
        "no_such_sale": "Такого принятого чека нет.",
        "not_of_this_sale": "В том чеке этих товаров нет, или их уже вернули.",
        "goods_known": "Состав этого чека уже известен: назовите товары в его строках.",
        "more_than_total": "Товары вместе дороже, чем весь чек. Проверьте суммы.",
        "no_such_number": "Количество - целое число от 1 до 9999.",
        "no_such_sum": "Сумма - рубли с копейками, например 5500,00.",
        "sold_a_moment_ago": "Этот товар только что продан по другому чеку.",
    },
    states={
        "received": "получен",
        "deferred": "отложен",
        "checking": "проверяется",
        "pending_issuer": "ждёт источник",
        "verified": "подтверждён",
        "matched": "принят",
        "credited": "оплачен",
        "in_review": "у проверяющих",
        "returned": "возврат",
        "rejected": "отказ",
        "reversed": "возвращён",
    },
    operations={"sale": "продажа", "return": "возврат", "expense": "выплата", "training": "учебный"},
    trusts={
        "parsed": "только прочитан",
        "plausible": "правдоподобен",
        "digest": "сошлась контрольная сумма",
        "signed_first_use": "подписан, ключ встречен впервые",
        "signed": "подписан известным ключом",
        "issuer_confirmed": "подтверждён источником",
        "items_confirmed": "товары подтверждены источником",
    },
    printed={("ru", "fn"): "ФН", ("ru", "i"): "ФД", ("ru", "fp"): "ФП"},
)
_EN: Final = Words(
    desk="Desk",
    receipts="Receipts",
    appeals="Appeals",
    nothing="Every receipt has been looked at.",
    nothing_appeals="There are no open appeals.",
    more="And {count} more, which come up here as these are decided.",
    received="Received",
    participant="Participant",
    seller="Seller's tax number",
    total="Total",
    reason="Why it is here",
    lines="Lines",
    proposed="waits for a second person",
    receipt="Receipt",
    photo="Photo of the receipt",
    no_photo="There is no photo: the code came as text, or the picture is deleted already.",
    issued="Till's time",
    trust="Proven",
    operation="Operation",
    company="The buyer is a company",
    yes="yes",
    number="Document number",
    neighbours="The till's neighbouring receipts",
    neighbours_hint="Numbers follow time: a genuine receipt lies between its neighbours.",
    this_one="this one",
    odd="Number and time of this receipt do not fit those of the one that is looked at.",
    alike="Look-alikes",
    alike_hint="The same document of other participants, and the same total of this one.",
    state="State",
    goods="Goods",
    name="Name on the receipt",
    quantity="Pieces",
    taken_for="The maker's product",
    sku_short="SKU or GTIN",
    typed_hint=(
        "Nobody could tell the goods. Copy the maker's goods from the photo: SKU or GTIN, how many pieces, and what "
        "they cost together. Leave the other rows empty."
    ),
    typed_blind=(
        "Nobody could tell the goods, and there is no photo. If you know them otherwise, write down the maker's; if "
        "not, refuse it: the participant may send the receipt's file from the tax service's app."
    ),
    no_goods="The goods are unknown.",
    bought_by="Bought by receipt",
    comes_back="What comes back",
    sales_hint="Choose the receipt by which these goods were bought: their bonus is taken back.",
    no_sales="No accepted receipt sold these goods: there is nothing to take back. Refuse it, with a note.",
    maybe="Perhaps:",
    note="Note",
    note_hint="Only people at the desk see it. A refusal needs one.",
    accept="Accept (a)",
    reject="Refuse (r)",
    why="Why it is refused",
    decided="Decided by {by}.",
    decided_meanwhile="This receipt was decided while you looked at it. Your decision has changed nothing.",
    being_paid="The bonus for it is being worked out at this moment: refuse it in a few seconds.",
    paid_in_part=(
        "The bonus for what is known is worked out. Name the rest, and the difference is paid; leave it empty if it is "
        "somebody else's."
    ),
    refusal_takes_back="A refusal takes back what was paid.",
    proposed_by_you="You have proposed to accept this receipt. Its total asks for another person to decide.",
    answered_meanwhile="This appeal has its answer already. Yours was not sent.",
    waits_for_second="{by} would accept it. The total asks for a second person: look at it and decide.",
    keys=(
        "Keys: Alt+a accepts, Alt+r refuses, Alt+n goes to the queue; in Firefox together with Shift. Tab walks the "
        "fields. Enter accepts in the field of a product, and begins a new line in the note."
    ),
    back="To the queue (n)",
    about="About",
    about_receipt="a receipt: open it",
    late="This is late!",
    appeal_words="The participant's words",
    answer_by="Answer by",
    answer="Answer to the participant",
    uphold="The participant is right",
    refuse="Refuse",
    again="Ask the rules once more",
    line_problems={
        "no_such_line": "The receipt has no such line.",
        "does_not_pay": "No bonus is paid for this line: it is no goods, or a prepayment.",
        "no_such_product": "The catalogue has no such product. Check the SKU.",
        "nothing_pays": "No line is known: name the product of one at least, or refuse.",
        "not_a_sale": "These goods came back: choose the receipt by which they were bought.",
        "not_a_return": "This is no return: it needs no receipt of a purchase.",
        "no_such_sale": "There is no such receipt that was accepted.",
        "not_of_this_sale": "That receipt does not hold these goods, or they came back before.",
        "goods_known": "The goods of this receipt are known: name the products in its lines.",
        "more_than_total": "The goods cost more together than the receipt says. Check the sums.",
        "no_such_number": "Pieces are a whole number from 1 to 9999.",
        "no_such_sum": "A sum is written like 5500.00.",
        "sold_a_moment_ago": "These goods were sold by another receipt a moment ago.",
    },
    states={
        "received": "received",
        "deferred": "put off",
        "checking": "being checked",
        "pending_issuer": "waits for a source",
        "verified": "verified",
        "matched": "accepted",
        "credited": "paid",
        "in_review": "at the desk",
        "returned": "a return",
        "rejected": "refused",
        "reversed": "brought back",
    },
    operations={"sale": "a sale", "return": "a return", "expense": "paid out", "training": "training"},
    trusts={
        "parsed": "read, no more",
        "plausible": "plausible",
        "digest": "its checksum fits",
        "signed_first_use": "signed, by a key met for the first time",
        "signed": "signed by a known key",
        "issuer_confirmed": "confirmed by its source",
        "items_confirmed": "its goods are confirmed by their source",
    },
    printed={("ru", "fn"): "ФН (fn)", ("ru", "i"): "ФД (i)", ("ru", "fp"): "ФП (fp)"},
)
WORDS: Final[dict[Language, Words]] = {"ru": _RU, "en": _EN}
