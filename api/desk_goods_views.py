"""What the desk decides on: the goods with what they were taken for, goods read off the paper, the sale of a return."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from api.desk_forms import GOODS, PIECES, SKU, SUM, TYPED_MAX
from api.desk_words import Words
from api.markup import Child, Html, element
from api.staff_frame import AnyRequest, button, form, table
from programs.snapshot import Product
from receipts.desk import Case
from receipts.returned_by_word import Sale
from receipts.views import LineView
from referrals.words import Language, Reader, amount

DESK: Final = "/staff/desk"
_NOTE_MAX: Final = 500


def decision(
    request: AnyRequest, case: Case, sales: Sequence[Sale], words: Words, reader: Reader, *, said: Mapping[str, str]
) -> Html:
    """The form in which a reviewer says what it is, and his word; what he said in vain stands there still."""
    is_return, is_paid = case.receipt.operation == "return", case.receipt.state != "in_review"
    if is_return:
        asked: Child = [_lines(case, words, reader), _sales(sales, words, reader)]
    elif case.receipt.lines:
        asked = _named(case, words, reader, said)
    else:
        asked = _typed(words.typed_hint if case.has_picture else words.typed_blind, words, said)
    return form(
        request,
        f"{DESK}/{case.receipt.receipt_id}",
        element("h2", words.goods),
        element("p", words.paid_in_part, class_="hint") if is_paid else None,
        element("p", words.refusal_takes_back, class_="hint") if is_paid and case.waits else None,
        asked,
        note(words.note, "note", hint=words.note_hint, said=said.get("note", "")),
        element(
            "div",
            button(words.accept, name="decision", value="accept", accesskey="a", id="accept"),
            button(words.reject, class_="danger", name="decision", value="reject", accesskey="r", id="reject")
            if case.waits
            else None,
            # The same keys where the keyboard is set to Russian: a browser goes by the letter, not by its place.
            element("label", words.accept, for_="accept", accesskey="ф", class_="unseen"),
            element("label", words.reject, for_="reject", accesskey="к", class_="unseen") if case.waits else None,
            class_="actions stays",
        ),
        class_="card",
    )


def note(label: str, name: str, *, hint: str = "", field: str = "note", said: str = "", required: bool = False) -> Html:
    """A box for a sentence or two. Enter breaks the line there: it must not decide what somebody still writes about."""
    told = element("p", hint, class_="hint", id=f"{field}-hint") if hint else None
    area = element(
        "textarea",
        said,
        name=name,
        id=field,
        rows=2,
        maxlength=_NOTE_MAX,
        class_="prose",
        aria_describedby=f"{field}-hint" if hint else None,
        required=required,
    )
    return element("div", element("label", label, for_=field), area, told)


def goods(case: Case, words: Words, reader: Reader) -> Html:
    """The goods of a receipt that is decided."""
    return element("section", element("h2", words.goods), _lines(case, words, reader))


def _lines(case: Case, words: Words, reader: Reader) -> Html | None:
    rows: list[list[Child]] = [
        [
            line.name,
            _quantity(line.quantity),
            amount(line.amount_minor, case.receipt.currency, reader),
            _why(line, reader.language),
        ]
        for line in case.receipt.lines
    ]
    heads = [words.name, words.quantity, words.total, words.taken_for]
    return table(heads, rows, numbers=[1, 2]) if rows else element("p", words.no_goods, class_="soft")


def _named(case: Case, words: Words, reader: Reader, said: Mapping[str, str]) -> Html:
    open_lines = [line for line in case.receipt.lines if line.place in case.open_places]
    first = next((line.place for line in open_lines if line.product_id is None), None)
    rows = [_row(case, line, words, reader, said, focus=line.place == first) for line in case.receipt.lines]
    return table([words.name, words.quantity, words.total, words.taken_for], rows, numbers=[1, 2])


def _row(
    case: Case, line: LineView, words: Words, reader: Reader, said: Mapping[str, str], *, focus: bool
) -> list[Child]:
    return [
        [line.name, element("p", _why(line, reader.language), class_="hint")],
        _quantity(line.quantity),
        amount(line.amount_minor, case.receipt.currency, reader),
        _field(case, line, words, reader, said, focus=focus) if line.place in case.open_places else None,
    ]


def _field(
    case: Case, line: LineView, words: Words, reader: Reader, said: Mapping[str, str], *, focus: bool
) -> list[Child]:
    """Where its product is typed, with the likeliest to choose from."""
    suggested = case.suggested.get(line.place, [])
    field, options = f"{SKU}{line.place}", f"likely-{line.place}"
    names = [element("option", _name(one, reader.language), value=one.sku) for one in suggested]
    return [
        element(
            "input",
            name=field,
            id=field,
            list=options,
            maxlength=64,
            autocomplete="off",
            autofocus=focus,
            # What somebody has proposed stands in the field already; what the machine knows needs no word.
            value=said.get(field) or (case.proposal.skus.get(line.place) if case.proposal else None),
            aria_label=f"{words.taken_for}: {line.name}",
            placeholder=words.sku_short,
        ),
        element("datalist", names, id=options),
        _perhaps(suggested, words, reader.language),
    ]


def _perhaps(suggested: Sequence[Product], words: Words, language: Language) -> Html | None:
    if not suggested:
        return None
    named = [
        part for one in suggested[:3] for part in (element("b", one.sku), f" {_name(one, language)}", element("br"))
    ]
    return element("p", words.maybe, element("br"), named[:-1], class_="hint")


def _typed(hint: str, words: Words, said: Mapping[str, str]) -> Html:
    """Rows for what stands on the paper, where no source could tell it."""
    rows = [list(_typed_row(place, words, said)) for place in range(TYPED_MAX)]
    return element(
        "div",
        element("p", hint, class_="hint"),
        table([words.taken_for, words.quantity, words.total], rows),
    )


def _typed_row(place: int, words: Words, said: Mapping[str, str]) -> Iterator[Child]:
    fields = [(GOODS, words.sku_short, words.taken_for), (PIECES, "1", words.quantity), (SUM, "0,00", words.total)]
    for kind, placeholder, label in fields:
        yield element(
            "input",
            name=f"{kind}{place}",
            value=said.get(f"{kind}{place}"),
            maxlength=64,
            autocomplete="off",
            inputmode=None if kind == GOODS else "decimal",
            autofocus=place == 0 and kind == GOODS,
            placeholder=placeholder,
            aria_label=f"{label}, {place + 1}",
        )


def _sales(sales: Sequence[Sale], words: Words, reader: Reader) -> Html:
    if not sales:
        return element("p", words.no_sales, class_="told warn card")
    rows = [_sale(one, words, reader, first=place == 0) for place, one in enumerate(sales)]
    heads = [words.bought_by, words.issued, words.total, words.participant, words.comes_back]
    return element("div", element("p", words.sales_hint, class_="hint"), table(heads, rows, numbers=[2]))


def _sale(one: Sale, words: Words, reader: Reader, *, first: bool) -> list[Child]:
    sold, field = one.receipt, f"sale-{one.receipt.receipt_id}"
    return [
        [
            element(
                "input",
                type="radio",
                name="sale",
                value=str(sold.receipt_id),
                id=field,
                autofocus=first,
            ),
            element("label", str(sold.number) if sold.number is not None else words.receipt, for_=field),
        ],
        sold.issued_at.isoformat(sep=" "),
        amount(sold.total_minor, sold.currency, reader),
        sold.alias if reader.language == "ru" else sold.alias_en,
        ", ".join(one.names),
    ]


def _name(product: Product, language: Language) -> str:
    return product.name_ru if language == "ru" else product.name_en


def _why(line: LineView, language: Language) -> str | None:
    if line.words is None:
        return None
    return line.words.ru if language == "ru" else line.words.en


def _quantity(quantity: Decimal | None) -> str:
    return "" if quantity is None else f"{quantity.normalize():f}"
