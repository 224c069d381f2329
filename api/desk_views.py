"""What the desk looks like: the queue, and a receipt with its photo, its neighbours and its look-alikes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from litestar import Response

from api.desk_appeal_views import tabs
from api.desk_goods_views import DESK, decision, goods
from api.desk_words import WORDS, Words
from api.markup import Child, Html, element
from api.staff_frame import AnyRequest, language_for, page, table
from receipts.desk import Case, Other, Proposal, Queue
from receipts.neighbours import in_order
from receipts.returned_by_word import Sale
from receipts.words import Words as Told
from receipts.words import of_receipt
from referrals.words import Language, Reader, amount, moment


def queue_page(request: AnyRequest, waiting: Sequence[Queue], *, receipts: int, appeals: int) -> Response[str]:
    """The receipts that wait, the oldest first."""
    language = language_for(request)
    words, reader = WORDS[language], Reader(language)
    rows = [_queued(one, words, reader, focus=place == 0) for place, one in enumerate(waiting)]
    heads = [words.received, words.participant, words.reason, words.lines, words.total]
    hidden = receipts - len(rows)
    return page(
        request,
        words.desk,
        tabs(words, receipts=receipts, appeals=appeals, here=DESK),
        element(
            "section",
            table(heads, rows, numbers=[3, 4]) if rows else element("p", words.nothing, class_="good"),
            element("p", words.more.format(count=hidden), class_="hint") if hidden > 0 else None,
        ),
    )


def _queued(one: Queue, words: Words, reader: Reader, *, focus: bool) -> list[Child]:
    told = of_receipt(one.state, one.reason)
    return [
        element("a", moment(one.received_at, reader), href=f"{DESK}/{one.receipt_id}", autofocus=focus),
        one.alias if reader.language == "ru" else one.alias_en,
        [
            _first_sentence(told, reader.language),
            element("p", words.proposed, class_="bad") if one.proposed else None,
        ],
        one.lines,
        amount(one.total_minor, one.currency, reader),
    ]


def case_page(
    request: AnyRequest,
    case: Case,
    *,
    sales: Sequence[Sale] = (),
    said: Mapping[str, str],
    wrong: str = "",
    status: int = 200,
) -> Response[str]:
    """One receipt: what was photographed beside what was read, what speaks for it and against it, the decision."""
    language = language_for(request)
    words, reader = WORDS[language], Reader(language)
    waits = case.waits
    asked = (
        decision(request, case, sales, words, reader, said=said) if _may_decide(case) else goods(case, words, reader)
    )
    return page(
        request,
        f"{words.receipt}: {amount(case.receipt.total_minor, case.receipt.currency, reader)}",
        element("p", wrong, class_="wrong", role="alert") if wrong else None,
        element(
            "div",
            element("div", _photo(case, words) if case.has_picture and waits else None, _fields(case, words, reader)),
            element("div", _standing(case, words, language), _proposed(case.proposal, words) if waits else None, asked),
            class_="case",
        ),
        _neighbours(case, words, reader),
        _alike(case, words, reader),
        element("p", element("a", words.back, href=DESK, accesskey="n"), element("p", words.keys, class_="hint")),
        status=status,
    )


def _may_decide(case: Case) -> bool:
    """What was paid may get more goods, as long as some of them have no name."""
    is_paid = case.receipt.state in {"matched", "credited", "reversed"}
    return case.waits or (is_paid and bool(case.open_places))


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
    return element(
        "section",
        element("p", told),
        element("p", proposal.note, class_="soft") if proposal.note else None,
        class_="told",
    )


def _photo(case: Case, words: Words) -> Html:
    path = f"{DESK}/{case.receipt.receipt_id}/photo"
    picture = element("img", src=path, alt=words.photo, class_="receipt")
    return element("section", element("h2", words.photo), element("a", picture, href=path, target="_blank"))


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
        *((words.printed.get((receipt.format, name), name), str(value)) for name, value in case.numbers.items()),
    ]
    told = [element("div", element("dt", name), element("dd", value)) for name, value in said if value]
    missing = None if case.has_picture else element("p", words.no_photo, class_="hint")
    return element("section", element("h2", words.receipt), element("dl", told, class_="facts"), missing)


def _neighbours(case: Case, words: Words, reader: Reader) -> Html | None:
    """The till's documents around this one, and which of them speak against its time."""
    if not case.neighbours:
        return None
    receipt = case.receipt
    own: list[Child] = [
        case.number,
        receipt.issued_at.replace("T", " "),
        amount(receipt.total_minor, receipt.currency, reader),
        "",
        element("b", words.this_one),
    ]
    shown = [(one.number or 0, _other(one, words, reader, is_odd=_is_odd(one, case))) for one in case.neighbours]
    rows = [row for _, row in sorted([*shown, (case.number or 0, own)], key=lambda one: one[0])]
    return _others(words.neighbours, words.neighbours_hint, rows, words)


def _is_odd(one: Other, case: Case) -> bool:
    issued_at = datetime.fromisoformat(case.receipt.issued_at)
    if one.number is None or case.number is None:
        return False
    earlier, later = sorted([(one.number, one.issued_at), (case.number, issued_at)])
    return not in_order(earlier[1], later[1])


def _alike(case: Case, words: Words, reader: Reader) -> Html | None:
    rows = [_other(one, words, reader) for one in case.alike]
    return _others(words.alike, words.alike_hint, rows, words) if rows else None


def _others(title: str, hint: str, rows: Sequence[Sequence[Child]], words: Words) -> Html:
    heads = [words.number, words.issued, words.total, words.participant, words.state]
    return element(
        "section", element("h2", title), element("p", hint, class_="hint"), table(heads, rows, numbers=[0, 2])
    )


def _other(one: Other, words: Words, reader: Reader, *, is_odd: bool = False) -> list[Child]:
    said_at = one.issued_at.isoformat(sep=" ")
    return [
        element("a", one.number if one.number is not None else "-", href=f"{DESK}/{one.receipt_id}"),
        element("b", said_at, class_="bad", title=words.odd) if is_odd else said_at,
        amount(one.total_minor, one.currency, reader),
        one.alias if reader.language == "ru" else one.alias_en,
        words.states.get(one.state, one.state),
    ]


def _first_sentence(told: Told, language: Language) -> str:
    """What is the matter; the rest tells the participant what he has to do."""
    said = told.ru if language == "ru" else told.en
    return said.partition(". ")[0].rstrip(".") + "."
