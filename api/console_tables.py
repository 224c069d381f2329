"""The console's tables as pages and as files: figures, promo codes, redemptions."""

from collections.abc import AsyncIterator, Sequence
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.response import Stream

from api.console_place import CONSOLE, campaign_of, days_of, place_of
from api.console_rows import (
    code_cells,
    code_heads,
    figure_cells,
    figure_heads,
    names_of,
    redemption_cells,
    redemption_heads,
)
from api.console_table_views import Look, codes_page, figures_page, redemptions_page
from api.process import process_of
from api.ranged import attached
from api.staff_callers import Staffed
from api.staff_frame import HEADERS, AnyRequest, language_for, pages
from codes import promo_lists, reports
from codes.promo_lists import PAGE, Mark
from codes.reports import By, Report
from core.access import Scope
from core.refusals import BadRequest
from core.table_files import MEDIA_TYPES, Cell, TableFormat, written
from programs import lifecycle
from programs.snapshot import current_snapshot

READERS: Final = [Staffed(Scope.campaigns_read)]


@get(f"{CONSOLE}/figures", guards=READERS)
async def figures(request: AnyRequest) -> Response[str]:
    """What purchases brought and what was given for them."""
    look = await _look(request)
    report = await _report(request, look)
    names = names_of(report.by, await current_snapshot(), look.campaigns, language_for(request))
    return figures_page(request, look, report, names, participants_min=_participants_min(request))


@get(f"{CONSOLE}/figures/file", guards=READERS)
async def figures_file(request: AnyRequest) -> Stream:
    """The same table as a file."""
    look, language = await _look(request), language_for(request)
    report = await _report(request, look)
    names = names_of(report.by, await current_snapshot(), look.campaigns, language)
    assets = sorted(report.whole.bonus or {}) or [look.place.program.asset]
    heads = figure_heads(report, assets, language)
    rows = [figure_cells(row, report, names, assets, language) for row in (*report.rows, report.whole)]
    return _file(request, f"figures-{report.by}", heads, _once(rows))


@get(f"{CONSOLE}/codes", guards=READERS)
async def codes(request: AnyRequest) -> Response[str]:
    """The promo codes with what they brought."""
    look, before = await _look(request), _id(request.query_params.get("before", ""))
    found = await promo_lists.codes(look.place.program.id, campaign_id=look.campaign_id, before=before, limit=PAGE)
    return codes_page(request, look, found, before=found[-1].id if len(found) == PAGE else None)


@get(f"{CONSOLE}/codes/file", guards=READERS)
async def codes_file(request: AnyRequest) -> Stream:
    """Every one of them as a file."""
    look, language = await _look(request), language_for(request)
    asset = look.place.program.asset

    async def rows() -> AsyncIterator[Sequence[Sequence[Cell]]]:
        async for some in promo_lists.every_code(look.place.program.id, campaign_id=look.campaign_id):
            yield [code_cells(one, asset, language) for one in some]

    return _file(request, "codes", code_heads(asset, language), rows())


@get(f"{CONSOLE}/redemptions", guards=READERS)
async def redemptions(request: AnyRequest) -> Response[str]:
    """The orders that were redeemed, the latest first."""
    look = await _look(request)
    found = await promo_lists.redemptions(
        look.place.program.id,
        look.days.bounds(look.place.program.zone),
        campaign_id=look.campaign_id,
        before=_mark(request.query_params.get("before", "")),
        limit=PAGE,
    )
    last = found[-1] if len(found) == PAGE else None
    return redemptions_page(request, look, found, before=f"{last.redeemed_at.isoformat()}/{last.id}" if last else None)


@get(f"{CONSOLE}/redemptions/file", guards=READERS)
async def redemptions_file(request: AnyRequest) -> Stream:
    """Every one of these days as a file."""
    look, language = await _look(request), language_for(request)
    program = look.place.program
    bounds = look.days.bounds(program.zone)

    async def rows() -> AsyncIterator[Sequence[Sequence[Cell]]]:
        async for some in promo_lists.every_redemption(program.id, bounds, campaign_id=look.campaign_id):
            yield [redemption_cells(one, program, language) for one in some]

    return _file(request, "redemptions", redemption_heads(program, language), rows())


async def _look(request: AnyRequest) -> Look:
    place = await place_of(request)
    campaigns = await lifecycle.campaigns(place.program.id, limit=lifecycle.PAGE_MAX)
    return Look(place, await days_of(request, place.program), campaign_of(request), campaigns[::-1])


async def _report(request: AnyRequest, look: Look) -> Report:
    try:
        by = By(request.query_params.get("by", By.DAY))
    except ValueError:
        raise BadRequest(detail="there is no such table") from None
    return await reports.report(
        look.place.program,
        look.days,
        by=by,
        campaign_id=look.campaign_id,
        participants_min=_participants_min(request),
    )


def _participants_min(request: AnyRequest) -> int:
    return process_of(request).settings.report_participants_min


def _file(
    request: AnyRequest, name: str, heads: Sequence[str], rows: AsyncIterator[Sequence[Sequence[Cell]]]
) -> Stream:
    try:
        wanted = TableFormat(request.query_params.get("format", TableFormat.CSV))
    except ValueError:
        raise BadRequest(detail="the format is csv or xlsx") from None
    return Stream(
        written(heads, rows, wanted), media_type=MEDIA_TYPES[wanted], headers=HEADERS | attached(f"{name}.{wanted}")
    )


async def _once(rows: Sequence[Sequence[Cell]]) -> AsyncIterator[Sequence[Sequence[Cell]]]:
    yield rows


def _mark(said: str) -> Mark | None:
    if not said:
        return None
    at, _, id_ = said.partition("/")
    try:
        return msgspec.convert({"at": at, "id": id_}, Mark)
    except msgspec.ValidationError:
        raise BadRequest(detail="there is no such page") from None


def _id(said: str) -> UUID | None:
    try:
        return UUID(said) if said else None
    except ValueError:
        raise BadRequest(detail="there is no such page") from None


ROUTES = pages(figures, figures_file, codes, codes_file, redemptions, redemptions_file)
