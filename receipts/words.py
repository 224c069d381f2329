"""Words: what an agent reads of his receipt at each moment, in Russian and in English."""

from typing import Final

import msgspec


class Words(msgspec.Struct, frozen=True):
    """The same sentence in both languages."""

    ru: str
    en: str


_STATES: Final = {
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
    "issuer_silent": Words(
        "Состав покупки так и не удалось получить. Смотрит человек, делать ничего не нужно.",
        "Nobody could tell the goods of this receipt. A person looks at it; there is nothing you have to do.",
    ),
    "wrong_receipt": Words(
        "В ответ приходит другой чек. Смотрит человек, делать ничего не нужно.",
        "What comes back is another receipt. A person looks at it; there is nothing you have to do.",
    ),
    "issuer_denies": Words(
        "Такого чека нет: это подтверждено несколько раз. Если это ошибка, подайте обращение.",
        "There is no such receipt, as was confirmed several times. If that is a mistake, you may appeal.",
    ),
    "no_matching_items": Words(
        "Товаров производителя в чеке мы не узнали. Смотрит человек, делать ничего не нужно.",
        "We have not recognised the maker's goods. A person looks at it; there is nothing you have to do.",
    ),
    "goods_returned": Words(
        "Товары по этому чеку вернули в магазин до того, как вы его прислали: бонуса за них нет.",
        "The goods of this receipt were brought back before you handed it in: there is no bonus for them.",
    ),
    "unsure_lines": Words(
        "Часть товаров узнана, об остальных решает человек. Делать ничего не нужно.",
        "Some of the goods are known; a person says what the others are. There is nothing you have to do.",
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
    "contested": Words(
        "Под этим номером кассы есть и другой чек, подлинный из них один. Смотрит человек, делать ничего не нужно.",
        "Two receipts bear this number of the till, and one is genuine. A person looks; there is nothing you must do.",
    ),
    "corrected": Words(
        "Вы прислали этот чек ещё раз с другими данными: проверяем новый.",
        "You have handed this receipt in once more with other figures: those are looked at.",
    ),
    "receipt_duplicate": Words(
        "Этот чек надёжнее подтвердил другой участник.", "Somebody else has proven this receipt better."
    ),
    "receipt_refused": Words(
        "Чек проверен вручную и не принят. Если это ошибка, подайте обращение.",
        "It was looked at by hand and not accepted. If that is a mistake, you may appeal.",
    ),
}
_COMPANY_REFUSED: Final = Words(
    "В чеке покупатель-организация. Бонусы за такие покупки не начисляются.",
    "The receipt names a company as the buyer. There is no bonus for such purchases.",
)
_PAID_IN_PART: Final = {
    "matched": Words(
        "Часть товаров узнана, бонус за них начисляется. Об остальных решает человек; если они подойдут, бонус за них "
        "придёт отдельно. Делать ничего не нужно.",
        "Some of the goods are known, and their bonus is on its way. A person says what the others are; their bonus "
        "follows by itself. There is nothing you have to do.",
    ),
    "credited": Words(
        "Бонус за узнанные товары начислен. Об остальных решает человек; если они подойдут, бонус за них придёт "
        "отдельно. Делать ничего не нужно.",
        "The bonus for the goods that are known is credited. A person says what the others are; their bonus follows by "
        "itself. There is nothing you have to do.",
    ),
    "reversed": Words(
        "Узнанные товары этого чека возвращены. Об остальных решает человек; если они подойдут, бонус за них придёт.",
        "The goods that were known were brought back. A person says what the others are; their bonus follows.",
    ),
}
# The rules have been asked, and give nothing for it at this moment.
UNPAID: Final = Words(
    "Товары найдены, но бонуса за них сейчас нет. Почему, сказано в истории; если это ошибка, подайте обращение.",
    "The goods are found, and there is no bonus for them now. Your history says why; if that is wrong, you may appeal.",
)
_LINES: Final = {
    "gtin": Words("узнан по номеру товара (GTIN)", "known by its number (GTIN)"),
    "article": Words("узнан по артикулу в названии", "known by the article number in its name"),
    "alias": Words("узнан по названию в чеке", "known by its name on the receipt"),
    "person": Words("узнан при ручной проверке", "known by a person who looked"),
    "ambiguous": Words("подходит к нескольким товарам, решает человек", "fits several products; a person decides"),
    "likeness": Words("узнан по похожему названию ({} %)", "known by its name, which is {} % alike"),
    "too_unlike": Words(
        "похож на товар производителя на {} %: для уверенности мало",
        "{} % like one of the maker's goods: too little to be sure",
    ),
    "too_close": Words(
        "похож сразу на несколько товаров, различить их может только человек",
        "like several products at once; only a person can tell them apart",
    ),
    "size_differs": Words(
        "похож на товар производителя, но объём или вес другой", "like one of the maker's goods, but of another size"
    ),
    "figures_differ": Words(
        "похож на товар производителя, но модель другая", "like one of the maker's goods, but another model"
    ),
    "words_differ": Words(
        "похож на товар производителя, но называется иначе", "like one of the maker's goods, but called otherwise"
    ),
    "brand_missing": Words(
        "похож на товар производителя, но марка не названа", "like one of the maker's goods, but its brand is missing"
    ),
    "price_differs": Words(
        "похож на товар производителя, но цена не его", "like one of the maker's goods, but not at its price"
    ),
    "unknown": Words("такого товара производителя мы не знаем", "no product of the maker is known by this"),
    "not_goods": Words("не товар", "no goods"),
    "not_settled": Words("предоплата: бонус даёт чек на выдачу", "a prepayment: the receipt for the goods pays"),
    "returned": Words("возвращён", "brought back"),
}


def of_receipt(state: str, reason: str) -> Words:
    """Where a receipt stands, and what comes next."""
    if (state, reason) == ("rejected", "company_buyer"):
        return _COMPANY_REFUSED
    if reason == "unsure_lines" and state in _PAID_IN_PART:
        return _PAID_IN_PART[state]
    return _REASONS.get(reason) or _STATES.get(state) or Words("Чек принят.", "The receipt is taken.")


def of_line(why: str, permille: int | None = None) -> Words | None:
    """How a line was recognised, or why it was not; None before anybody has looked."""
    told = _LINES.get(why)
    if told is None or permille is None:
        return told
    return Words(told.ru.format(permille // 10), told.en.format(permille // 10))
