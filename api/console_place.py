"""The console's place: the program that somebody works in, the days that he looks at, the ways between the pages."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from api.confines import reach
from api.console_words import Words
from api.markup import Child, Html, element
from api.staff_frame import AnyRequest
from codes import reports
from codes.reports import Days
from core.refusals import BadRequest, NotFound
from programs import installation
from programs.snapshot import Program

CONSOLE: Final = "/staff/console"


class Place(msgspec.Struct, frozen=True):
    """A program, and the others that the same person could choose."""

    program: Program
    others: Sequence[Program] = ()

    def to(self, path: str = "", **query: object) -> str:
        """An address in the console, with the program where there are several."""
        said = {"program": self.program.id} if self.others else {}
        asked = urlencode({name: str(value) for name, value in (said | query).items() if value})
        return f"{CONSOLE}{path}" + (f"?{asked}" if asked else "")


async def place_of(request: AnyRequest) -> Place:
    """The person's own program, or the one that an unconfined one has chosen; NotFound."""
    own = reach(request)
    if own is not None:
        return Place(await installation.find_program(own))
    known = await installation.programs()
    wanted = request.query_params.get("program", "")
    chosen = next((one for one in known if not wanted or str(one.id) == wanted), None)
    if chosen is None:
        raise NotFound
    return Place(chosen, [one for one in known if one.id != chosen.id])


async def within_program(request: AnyRequest, program_id: UUID) -> Place:
    """The place of something that was found already; NotFound where the person does not reach it."""
    own = reach(request)
    if own not in (None, program_id):
        raise NotFound
    known = [] if own else await installation.programs()
    program = await installation.find_program(program_id)
    return Place(program, [one for one in known if one.id != program_id])


async def days_of(request: AnyRequest, program: Program) -> Days:
    """The days that were asked for, or the last thirty; BadRequest."""
    asked = request.query_params
    return await reports.days_between(program, _day(asked.get("from", "")), _day(asked.get("to", "")))


def campaign_of(request: AnyRequest) -> UUID | None:
    """The campaign that was asked for; BadRequest."""
    said = request.query_params.get("campaign", "")
    try:
        return UUID(said) if said else None
    except ValueError:
        raise BadRequest(detail="the campaign is no id") from None


def intent_of(said: Mapping[str, str]) -> UUID:
    """The id of what a form is to make, so that a form that is sent twice makes one; BadRequest."""
    try:
        return UUID(said.get("intent", ""))
    except ValueError:
        raise BadRequest(detail="the form has no id") from None


def tabs(place: Place, words: Words, here: str, *, campaign_id: UUID | None = None) -> Html:
    """The ways between the pages of the console."""
    ways = [("", words.campaigns), ("/figures", words.figures), ("/codes", words.codes)]
    ways += [("/redemptions", words.redemptions), ("/groups", words.groups)]
    links = [
        element(
            "a",
            name,
            href=place.to(path, campaign=campaign_id if path else None),
            aria_current="page" if path == here else None,
        )
        for path, name in ways
    ]
    return element("nav", links, class_="ways", aria_label=words.campaigns)


def program_choice(place: Place, words: Words) -> Html | None:
    """Which program it is, for those who have several."""
    if not place.others:
        return None
    links = [
        element("a", one.name, href=f"{CONSOLE}?{urlencode({'program': str(one.id)})}") for one in place.others[:20]
    ]
    return element(
        "details",
        element("summary", f"{words.program}: {place.program.name}"),
        element("p", [part for link in links for part in (link, " ")], class_="ways"),
        class_="programs",
    )


def stacked(heads: Sequence[str], rows: Sequence[Sequence[Child]], *, numbers: Sequence[int] = ()) -> Html:
    """A table that stands as a list on a telephone, where each cell says itself what it is."""
    places = dict(enumerate(heads))
    # Whatever a sheet of styles makes of it, for those who listen it stays a table.
    head = element("tr", [element("th", one, class_=_class(i, numbers), scope="col") for i, one in places.items()])
    body = [
        element(
            "tr",
            [
                element("td", element("div", cell), class_=_class(i, numbers), data_label=places[i], role="cell")
                for i, cell in enumerate(row)
            ],
            role="row",
        )
        for row in rows
    ]
    shown = element("table", element("thead", head), element("tbody", body, role="rowgroup"), role="table")
    return element("div", shown, class_="wide stacked", tabindex=0)


def _class(place: int, numbers: Sequence[int]) -> str | None:
    return "number" if place in numbers else None


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise BadRequest(detail="a day is written as 2026-11-22") from None
