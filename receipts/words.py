"""Words: what an agent reads of his receipt at each moment, in Russian and in English."""

from typing import Final

import msgspec


class Words(msgspec.Struct, frozen=True):
    """The same sentence in both languages."""

    ru: str
    en: str


_STATES: Final = {
    "deferred": Words(
        "Чек принят. На сегодня чеков достаточно, этот проверим в указанное время сам собой.",
        "The receipt is taken. There are enough for today: this one is looked at by itself at the time that is told.",
    ),
    "matched": Words("Товары найдены, бонус начисляется.", "The goods are found and the bonus is on its way."),
    "credited": Words("Бонус за чек начислен.", "The bonus for this receipt is credited."),
    "returned": Words(
        "Возврат принят: бонус за возвращённые товары снят.",
        "The return is taken: the bonus for these goods went back with them.",
    ),
    "reversed": Words("Товары этого чека возвращены.", "The goods of this receipt were brought back."),
}
_REASONS: Final = {
    "no_items": Words(
        "Чек принят. Ждём состав покупки; можно ускорить, прислав файл чека из приложения налоговой службы.",
        "The receipt is taken and waits for its goods. Sending its file from the tax service's app makes it quicker.",
    ),
    "unproven": Words(
        "Товары найдены. Бонус ждёт подтверждения чека; пока его может подтвердить лучше другой участник.",
        "The goods are found. The bonus waits for a better proof, and until then whoever brings one comes first.",
    ),
    "out_of_order": Words(
        "Номер и время чека не сходятся с соседними чеками кассы. Смотрит человек, делать ничего не нужно.",
        "Number and time do not fit the till's other receipts. A person looks at it; there is nothing you have to do.",
    ),
    "company_buyer": Words(
        "В чеке покупатель-организация. Смотрит человек, делать ничего не нужно.",
        "The receipt names a company as the buyer. A person looks at it; there is nothing you have to do.",
    ),
    "no_matching_items": Words(
        "Товаров производителя в чеке мы не узнали. Смотрит человек, делать ничего не нужно.",
        "We have not recognised the maker's goods. A person looks at it; there is nothing you have to do.",
    ),
    "sold_before": Words(
        "Товар с такой маркировкой уже есть в другом чеке. Смотрит человек, делать ничего не нужно.",
        "Goods with this marking stand on another receipt. A person looks at it; there is nothing you have to do.",
    ),
    "original_unknown": Words(
        "Не видно, по какому чеку возврат. Смотрит человек, делать ничего не нужно.",
        "It does not show where these goods were bought. A person looks at it; there is nothing you have to do.",
    ),
    "not_yours": Words(
        "Возвращены товары с чужого чека. Смотрит человек, делать ничего не нужно.",
        "The goods stand on somebody else's receipt. A person looks at it; there is nothing you have to do.",
    ),
    "contradicts": Words(
        "Чек противоречит уже известному чеку этой кассы и не принят. Если это ошибка, подайте обращение.",
        "It contradicts a known receipt of this till and is not accepted. If that is a mistake, you may appeal.",
    ),
    "receipt_duplicate": Words(
        "Этот чек надёжнее подтвердил другой участник.", "Somebody else has proven this receipt better."
    ),
    "receipt_refused": Words(
        "Чек проверен вручную и не принят. Если это ошибка, подайте обращение.",
        "It was looked at by hand and not accepted. If that is a mistake, you may appeal.",
    ),
}
_LINES: Final = {
    "gtin": Words("узнан по номеру товара (GTIN)", "known by its number (GTIN)"),
    "article": Words("узнан по артикулу в названии", "known by the article number in its name"),
    "alias": Words("узнан по названию в чеке", "known by its name on the receipt"),
    "person": Words("узнан при ручной проверке", "known by a person who looked"),
    "ambiguous": Words("подходит к нескольким товарам, решает человек", "fits several products; a person decides"),
    "unknown": Words("такого товара производителя мы не знаем", "no product of the maker is known by this"),
    "not_goods": Words("не товар", "no goods"),
    "not_settled": Words("предоплата: бонус даёт чек на выдачу", "a prepayment: the receipt for the goods pays"),
    "returned": Words("возвращён", "brought back"),
}


def of_receipt(state: str, reason: str) -> Words:
    """Where a receipt stands, and what comes next."""
    return _REASONS.get(reason) or _STATES.get(state) or Words("Чек принят.", "The receipt is taken.")


def of_line(why: str) -> Words | None:
    """How a line was recognised, or why it was not; None before anybody has looked."""
    return _LINES.get(why)
