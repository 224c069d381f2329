"""What the appeals look like at the desk: each with its clock, the participant's words and the answer to him."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from litestar import Response

from api.desk_goods_views import DESK, note
from api.desk_words import WORDS, Words
from api.markup import Child, Html, element
from api.staff_frame import AnyRequest, button, form, language_for, page
from referrals.disputes import Dispute
from referrals.words import Reader, moment

APPEALS: Final = f"{DESK}/appeals"


def appeals_page(
    request: AnyRequest, waiting: Sequence[Dispute], *, receipts: int, wrong: str = "", status: int = 200
) -> Response[str]:
    """The appeals that wait, the longest first, each with its answer."""
    language = language_for(request)
    words, reader = WORDS[language], Reader(language)
    return page(
        request,
        words.desk,
        tabs(words, receipts=receipts, appeals=len(waiting), here=APPEALS),
        element("p", wrong, class_="bad", role="alert") if wrong else None,
        [_appeal(request, one, words, reader) for one in waiting]
        or element("section", element("p", words.nothing_appeals, class_="good")),
        status=status,
    )


def tabs(words: Words, *, receipts: int, appeals: int, here: str) -> Html:
    """From the receipts to the appeals and back, with how many wait on either side."""
    shown = [(DESK, f"{words.receipts} ({receipts})"), (APPEALS, f"{words.appeals} ({appeals})")]
    links = [element("a", name, href=path, aria_current="page" if path == here else None) for path, name in shown]
    return element("p", [part for link in links for part in (link, " ")], class_="tabs")


def _appeal(request: AnyRequest, one: Dispute, words: Words, reader: Reader) -> Html:
    late = element("b", f" {words.late}", class_="bad") if one.answer_by < datetime.now(UTC) else None
    said: list[tuple[str, Child]] = [
        (words.participant, one.alias),
        (words.about, _about(one, words)),
        (
            words.answer_by,
            [moment(one.answer_by, reader), late],
        ),
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
        note(words.answer, "words", field=field, required=True),
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


def _about(one: Dispute, words: Words) -> Child:
    kind, _, which = one.about.partition(":")
    return element("a", words.about_receipt, href=f"{DESK}/{which}") if kind == "receipt" else one.about
