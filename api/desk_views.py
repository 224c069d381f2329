"""What the desk looks like: the queue, a receipt with its photo and its neighbours, the appeals."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from litestar import Response

from api.desk_words import WORDS, Words
from api.markup import Child, Html, element
from api.staff_frame import AnyRequest, button, form, language_for, page, table
from receipts.desk import Case, Other, Proposal, Queue
from receipts.views import LineView
from receipts.words import Words as Told
from receipts.words import of_receipt
from referrals.disputes import Dispute
from referrals.words import Language, Reader, amount, moment

DESK: Final = "/staff/desk"
APPEALS: Final = f"{DESK}/appeals"
SKU: Final = "sku-"


def queue_page(request: AnyRequest, waiting: Sequence[Queue], *, appeals: int) -> Response[str]:
    """The receipts that wait, the oldest first."""
    language = language_for(request)
    words, reader = WORDS[language], Reader(language)
    rows = [_queued(one, words, reader) for one in waiting]
    heads = [words.received, words.participant, words.reason, words.lines, words.total]
    return page(
        request,
        words.desk,
        _tabs(words, receipts=len(rows), appeals=appeals, here=DESK),
        element("section", table(heads, rows, numbers=[3, 4]) if rows else element("p", words.nothing, class_="good")),
    )


def _queued(one: Queue, words: Words, reader: Reader) -> list[Child]:
    told = of_receipt("in_review", one.reason)
    return [
        element("a", moment(one.received_at, reader), href=f"{DESK}/{one.receipt_id}"),
        one.alias if reader.language == "ru" else one.alias_en,
        [
            _first_sentence(told, reader.language),
            element("p", words.proposed, class_="bad") if one.proposed else None,
        ],
        one.lines,
        amount(one.total_minor, one.currency, reader),
    ]


def case_page(request: AnyRequest, case: Case, *, wrong: str = "", status: int = 200) -> Response[str]:
    """One receipt: what was photographed beside what was read, what speaks for it and against it, the decision."""
    language = language_for(request)
    words, reader = WORDS[language], Reader(language)
    waits = case.receipt.state == "in_review"
    return page(
        request,
        f"{words.receipt}: {amount(case.receipt.total_minor, case.receipt.currency, reader)}",
        element("p", wrong, class_="bad", role="alert") if wrong else None,
        _standing(case, words, language),
        _proposed(case.proposal, words) if waits else None,
        element("div", _photo(case, words, waits=waits), _fields(case, words, reader), class_="beside"),
        _decision(request, case, words, reader) if waits else _goods(case, words, reader),
        _others(words.neighbours, words.neighbours_hint, case.neighbours, words, reader, number=case.number, case=case),
        _others(words.alike, words.alike_hint, case.alike, words, reader),
        element("p", element("a", words.back, href=DESK, accesskey="n"), element("p", words.keys, class_="hint")),
        status=status,
    )


def _standing(case: Case, words: Words, language: Language) -> Html:
    told = _first_sentence(case.receipt.words, language)
    by = element("p", words.decided.format(by=case.decided_by), class_="soft") if case.decided_by else None
    return element(
        "section", element("p", told), by, element("p", case.note) if case.note else None, class_="told warn"
    )


def _proposed(proposal: Proposal | None, words: Words) -> Html | None:
    if proposal is None:
        return None
    told = words.waits_for_second.format(by=proposal.asked_by)
    return element("section", element("p", told), element("p", proposal.note, class_="soft"), class_="told")


def _photo(case: Case, words: Words, *, waits: bool) -> Html:
    if not (case.has_picture and waits):
        return element("section", element("h2", words.photo), element("p", words.no_photo, class_="soft"))
    return element(
        "section",
        element("h2", words.photo),
        element("img", src=f"{DESK}/{case.receipt.receipt_id}/photo", alt=words.photo, class_="receipt"),
    )


def _fields(case: Case, words: Words, reader: Reader) -> Html:
    receipt = case.receipt
    said: list[tuple[str, Child]] = [
        (words.participant, case.alias if reader.language == "ru" else case.alias_en),
        (words.issued, receipt.issued_at.replace("T", " ")),
        (words.total, amount(receipt.total_minor, receipt.currency, reader)),
        (words.operation, words.operations.get(receipt.operation, receipt.operation)),
        (words.trust, words.trusts.get(receipt.trust, receipt.trust)),
        (words.seller, case.seller or "-"),
        (words.company, words.yes if case.has_buyer_tax_number else None),
        *((name, str(value)) for name, value in case.numbers.items()),
    ]
    told = [element("div", element("dt", name), element("dd", value)) for name, value in said if value]
    return element("section", element("h2", words.receipt), element("dl", told, class_="facts"))


def _decision(request: AnyRequest, case: Case, words: Words, reader: Reader) -> Html:
    path = f"{DESK}/{case.receipt.receipt_id}"
    heads = [words.name, words.quantity, words.total, words.taken_for]
    first = next((line.place for line in case.receipt.lines if line.product_id is None), None)
    rows = [_named(case, line, words, reader, focus=line.place == first) for line in case.receipt.lines]
    note = element("input", name="note", id="note", maxlength=500, aria_describedby="note-hint")
    return form(
        request,
        path,
        element("h2", words.goods),
        table(heads, rows, numbers=[1, 2]) if rows else None,
        element("label", words.note, for_="note"),
        note,
        element("p", words.note_hint, class_="hint", id="note-hint"),
        element(
            "div",
            button(words.accept, name="decision", value="accept", accesskey="a"),
            button(words.reject, class_="danger", name="decision", value="reject", accesskey="r"),
            class_="actions",
        ),
        class_="card",
    )


def _named(case: Case, line: LineView, words: Words, reader: Reader, *, focus: bool) -> list[Child]:
    suggested = case.suggested.get(line.place, [])
    field, options = f"{SKU}{line.place}", f"likely-{line.place}"
    names = [
        element("option", one.name_ru if reader.language == "ru" else one.name_en, value=one.sku) for one in suggested
    ]
    why = None if line.words is None else (line.words.ru if reader.language == "ru" else line.words.en)
    return [
        [line.name, element("p", why, class_="hint")],
        _quantity(line.quantity),
        amount(line.amount_minor, case.receipt.currency, reader),
        [
            element(
                "input",
                name=field,
                id=field,
                list=options,
                maxlength=64,
                autocomplete="off",
                autofocus=focus,
                value=_sku_of(case, line),
                aria_label=f"{words.taken_for}: {line.name}",
                placeholder=words.sku_hint,
            ),
            element("datalist", names, id=options),
            element(
                "p", words.maybe, " ", ", ".join(f"{one.sku} {one.name_ru}" for one in suggested[:3]), class_="hint"
            )
            if suggested
            else None,
        ],
    ]


def _sku_of(case: Case, line: LineView) -> str | None:
    """What somebody has proposed stands in the field already; what the machine knows needs no word."""
    return case.proposal.skus.get(line.place) if case.proposal else None


def _goods(case: Case, words: Words, reader: Reader) -> Html:
    rows: list[list[Child]] = [
        [
            line.name,
            _quantity(line.quantity),
            amount(line.amount_minor, case.receipt.currency, reader),
            None if line.words is None else (line.words.ru if reader.language == "ru" else line.words.en),
        ]
        for line in case.receipt.lines
    ]
    heads = [words.name, words.quantity, words.total, words.taken_for]
    return element("section", element("h2", words.goods), table(heads, rows, numbers=[1, 2]))


def _others(
    title: str,
    hint: str,
    others: Sequence[Other],
    words: Words,
    reader: Reader,
    *,
    number: int | None = None,
    case: Case | None = None,
) -> Html | None:
    if not others:
        return None
    shown = [(one.number, _other(one, words, reader)) for one in others]
    if case is not None:
        total = amount(case.receipt.total_minor, case.receipt.currency, reader)
        own: list[Child] = [number, case.receipt.issued_at.replace("T", " "), total, "", element("b", words.this_one)]
        shown = sorted([*shown, (number, own)], key=lambda one: one[0] or 0)
    heads = [words.number, words.issued, words.total, words.participant, words.state]
    rows = [row for _, row in shown]
    return element(
        "section", element("h2", title), element("p", hint, class_="hint"), table(heads, rows, numbers=[0, 2])
    )


def _other(one: Other, words: Words, reader: Reader) -> list[Child]:
    return [
        element("a", one.number if one.number is not None else "-", href=f"{DESK}/{one.receipt_id}"),
        one.issued_at.isoformat(sep=" "),
        amount(one.total_minor, one.currency, reader),
        one.alias if reader.language == "ru" else one.alias_en,
        words.states.get(one.state, one.state),
    ]


def appeals_page(request: AnyRequest, waiting: Sequence[Dispute], *, receipts: int) -> Response[str]:
    """The appeals that wait, the longest first, each with its answer."""
    language = language_for(request)
    words, reader = WORDS[language], Reader(language)
    return page(
        request,
        words.desk,
        _tabs(words, receipts=receipts, appeals=len(waiting), here=APPEALS),
        [_appeal(request, one, words, reader) for one in waiting]
        or element("section", element("p", words.nothing_appeals, class_="good")),
    )


def _appeal(request: AnyRequest, one: Dispute, words: Words, reader: Reader) -> Html:
    kind, _, receipt_id = one.about.partition(":")
    about = element("a", one.about, href=f"{DESK}/{receipt_id}") if kind == "receipt" else one.about
    said: list[tuple[str, Child]] = [
        (words.participant, one.alias),
        (words.about, about),
        (words.answer_by, moment(one.answer_by, reader)),
    ]
    field, again = f"words-{one.id}", f"again-{one.id}"
    return form(
        request,
        f"{APPEALS}/{one.id}",
        element(
            "dl", [element("div", element("dt", name), element("dd", value)) for name, value in said], class_="facts"
        ),
        element("p", words.appeal_words, class_="hint"),
        element("blockquote", one.words),
        element("label", words.answer, for_=field),
        element("input", name="words", id=field, maxlength=500, required=True),
        element(
            "p",
            element("input", type="checkbox", name="again", value="true", id=again),
            element("label", words.again, for_=again),
        )
        if one.activity_id
        else None,
        element(
            "div",
            button(words.uphold, name="verdict", value="upheld"),
            button(words.refuse, class_="danger", name="verdict", value="rejected"),
            class_="actions",
        ),
        class_="card",
    )


def _tabs(words: Words, *, receipts: int, appeals: int, here: str) -> Html:
    tabs = [(DESK, f"{words.receipts} ({receipts})"), (APPEALS, f"{words.appeals} ({appeals})")]
    links = [element("a", name, href=path, aria_current="page" if path == here else None) for path, name in tabs]
    return element("p", [part for link in links for part in (link, " ")], class_="tabs")


def _first_sentence(told: Told, language: Language) -> str:
    """What is the matter; the rest tells the participant what he has to do."""
    said = told.ru if language == "ru" else told.en
    return said.partition(". ")[0].rstrip(".") + "."


def _quantity(quantity: Decimal | None) -> str:
    return "" if quantity is None else f"{quantity.normalize():f}"
