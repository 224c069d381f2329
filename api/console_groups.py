"""The console's groups: which of them campaigns ask for, how many are in each, and the words by which agents join."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta

from api.callers import holder
from api.console_group_words import GROUP_WORDS, GroupWords
from api.console_place import CONSOLE, Place, place_of, program_choice, stacked, tabs
from api.console_words import WORDS
from api.markup import Child, Html, element
from api.staff_callers import Staffed
from api.staff_frame import AnyRequest, button, field, filled, form, go, language_for, page, pages
from core.access import Scope
from core.db import fetch_value
from core.text import Key
from programs.snapshot import Program
from referrals import segment_words, segments
from referrals.segment_words import USES_MAX, NewWord, Word
from referrals.segments import Segment
from referrals.words import Reader, moment

READERS: Final = [Staffed(Scope.programs_read)]
WRITERS: Final = [Staffed(Scope.programs_write)]


class _NewWord(msgspec.Struct, frozen=True):
    segment: Key
    last_day: date
    uses_max: Annotated[int, Meta(ge=1, le=USES_MAX)]


@get(f"{CONSOLE}/groups", guards=READERS)
async def groups(request: AnyRequest) -> Response[str]:
    """The groups of a program."""
    place, language = await place_of(request), language_for(request)
    words, own = GROUP_WORDS[language], WORDS[language]
    program_id, may_write = place.program.id, Scope.programs_write in holder(request).scopes
    found = await segments.segments(program_id)
    made = await segment_words.words(program_id)
    return page(
        request,
        words.groups,
        program_choice(place, own),
        tabs(place, own, "/groups"),
        element("p", words.hint, class_="hint"),
        element("section", _groups(found, words)),
        await _made(request, place, made, words, may_write=may_write) if made else None,
        _form(request, place, words) if may_write else None,
    )


@post(f"{CONSOLE}/groups/words", guards=WRITERS, status_code=201)
async def make_word(request: AnyRequest) -> Response[str]:
    """Make a word, and show it this once."""
    place, words = await place_of(request), GROUP_WORDS[language_for(request)]
    asked = await filled(request, _NewWord)
    new = NewWord(_end_of(asked.last_day, place.program), asked.uses_max)
    made = await segment_words.make(place.program.id, asked.segment, new, by=holder(request).who)
    return page(
        request,
        words.made.format(group=made.segment),
        element(
            "section",
            element("p", element("strong", made.word), class_="say"),
            element("p", words.made_hint),
            element("p", element("a", words.groups, href=place.to("/groups"), class_="button")),
            class_="told",
        ),
        status=201,
        narrow=True,
    )


@post(f"{CONSOLE}/groups/words/{{word_id:uuid}}/stop", guards=WRITERS, status_code=303)
async def stop_word(request: AnyRequest, word_id: FromPath[UUID]) -> Response[None]:
    """Let a word let nobody in any more."""
    place = await place_of(request)
    await segment_words.stop(place.program.id, word_id, by=holder(request).who)
    return go(place.to("/groups"))


def _groups(found: Sequence[Segment], words: GroupWords) -> Html:
    rows: list[list[Child]] = [
        [
            element("strong", one.segment),
            element("span", words.nobody, class_="soft") if one.campaigns and not one.members else one.members,
            one.campaigns,
        ]
        for one in found
    ]
    heads = [words.group, words.members, words.campaigns]
    return stacked(heads, rows, numbers=[1, 2]) if rows else element("p", words.none_yet)


async def _made(request: AnyRequest, place: Place, made: Sequence[Word], words: GroupWords, *, may_write: bool) -> Html:
    reader, now = Reader(language_for(request), place.program.time_zone), await fetch_value("SELECT now()")
    rows: list[list[Child]] = []
    for one in made:
        is_open = one.stopped_at is None and now < one.ends_at and one.uses < one.uses_max
        path = place.to(f"/groups/words/{one.id}/stop")
        stop = form(request, path, button(words.stop, class_="plain")) if is_open and may_write else None
        used = words.used_of.format(used=one.uses, most=one.uses_max)
        state = words.is_open if is_open else words.is_closed
        rows.append([one.segment, moment(one.ends_at, reader), used, [state, stop]])
    shown = stacked([words.group, words.until, words.used, ""], rows)
    return element("section", element("h2", words.words), shown)


def _form(request: AnyRequest, place: Place, words: GroupWords) -> Html:
    return element(
        "section",
        element("h2", words.make),
        element("p", words.make_hint, class_="hint"),
        form(
            request,
            place.to("/groups/words"),
            field(words.group, "segment", required=True, maxlength=64, autocomplete="off"),
            field(words.last_day, "last_day", type="date", required=True),
            field(words.uses_max, "uses_max", type="number", min=1, max=USES_MAX, value=30, required=True),
            element("div", button(words.make), class_="actions"),
        ),
    )


def _end_of(day: date, program: Program) -> datetime:
    """The midnight behind a day, by the program's clock."""
    return datetime.combine(day, time(), tzinfo=program.zone) + timedelta(days=1)


ROUTES = pages(groups, make_word, stop_word)
