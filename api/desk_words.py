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
    alike: str
    alike_hint: str
    state: str
    goods: str
    name: str
    quantity: str
    taken_for: str
    sku_hint: str
    maybe: str
    note: str
    note_hint: str
    accept: str
    reject: str
    why: str
    decided: str
    waits_for_second: str
    keys: str
    back: str
    about: str
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


_RU: Final = Words(
    desk="Проверка",
    receipts="Чеки",
    appeals="Обращения",
    nothing="Все чеки проверены.",
    nothing_appeals="Открытых обращений нет.",
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
    alike="Похожие",
    alike_hint="Тот же документ у других участников и такая же сумма у этого же.",
    state="Состояние",
    goods="Товары",
    name="Название в чеке",
    quantity="Кол-во",
    taken_for="Товар производителя",
    sku_hint="Артикул или GTIN; пусто, если это чужой товар.",
    maybe="Может быть:",
    note="Заметка",
    note_hint="Её видят только проверяющие. При отказе она обязательна.",
    accept="Принять (a)",
    reject="Отказать (r)",
    why="Почему отказ",
    decided="Решено: {by}.",
    waits_for_second="{by} предлагает принять. Из-за суммы нужен второй человек: проверьте и решите.",
    keys="Клавиши: Alt+Shift+a - принять, Alt+Shift+r - отказать, Alt+Shift+n - к очереди. Tab ведёт по полям.",
    back="К очереди (n)",
    about="О чём",
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
        "not_a_sale": "Это не чек продажи: принять его нельзя.",
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
)
_EN: Final = Words(
    desk="Desk",
    receipts="Receipts",
    appeals="Appeals",
    nothing="Every receipt has been looked at.",
    nothing_appeals="There are no open appeals.",
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
    alike="Look-alikes",
    alike_hint="The same document of other participants, and the same total of this one.",
    state="State",
    goods="Goods",
    name="Name on the receipt",
    quantity="Pieces",
    taken_for="The maker's product",
    sku_hint="SKU or GTIN; nothing if it is somebody else's product.",
    maybe="Perhaps:",
    note="Note",
    note_hint="Only people at the desk see it. A refusal needs one.",
    accept="Accept (a)",
    reject="Refuse (r)",
    why="Why it is refused",
    decided="Decided by {by}.",
    waits_for_second="{by} would accept it. The total asks for a second person: look at it and decide.",
    keys="Keys: Alt+Shift+a accepts, Alt+Shift+r refuses, Alt+Shift+n goes to the queue. Tab walks the fields.",
    back="To the queue (n)",
    about="About",
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
        "not_a_sale": "This is no receipt of a sale: it cannot be accepted.",
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
)
WORDS: Final[dict[Language, Words]] = {"ru": _RU, "en": _EN}
