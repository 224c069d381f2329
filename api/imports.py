"""Imports over HTTP: a file of a maker's own or a national system's codes, read as it comes."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from api.callers import Scoped, holder
from api.confines import MOVES, within
from api.csv_body import sheet
from api.idempotent import IdempotencyKey, key_of, once
from api.openapi import KEY
from api.problems import refuses
from codes import imports
from codes.batches import UnknownProduct
from codes.imports import CodesNotNew, CodesTooWeak, Imported
from codes.intake import ProductNeeded
from core.access import Scope
from programs.sheets import SheetRefused

BYTES_MAX = 8_000_000_000


@post(
    "/v1/programs/{program_id:uuid}/batches/import",
    guards=[Scoped(Scope.codes_issue)],
    security=KEY,
    tags=["codes"],
    operation_id="import_codes",
    operation_class=sheet("code\nK7PX92MQ4TDW\nA3HR58VNC6ZJ\n"),
    request_max_body_size=BYTES_MAX,
    status_code=201,
    responses={201: ResponseSpec(Imported, generate_examples=False, description="The batches, one for each product.")}
    | refuses(*MOVES, UnknownProduct, ProductNeeded, SheetRefused, CodesTooWeak, CodesNotNew),
)
async def import_codes(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    product_id: FromQuery[UUID | None] = None,
    column: Annotated[str | None, QueryParameter(min_length=1, max_length=120)] = None,
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Import codes that somebody else has made: one a line, or a table's column of the name `code` or of your own.

    A maker's own codes are 6 to 100 letters and digits; spelling, look-alikes and case do not count. National systems'
    codes are GS1 element strings with a GTIN and a serial number, and go to the products of their GTINs. Only keyed
    hashes are kept. All of the file or nothing: a refusal numbers the first lines that are wrong. The batches are
    sealed, and their scans are held until a range of them is activated.
    """
    within(request, program_id)
    key_of(request, required=True)
    taken = await imports.intake(program_id, product_id=product_id, column=column)
    try:
        await imports.read(taken, request.stream())
        return await once(
            request,
            lambda: imports.import_codes(program_id, taken, by=holder(request).who),
            required=True,
            fingerprint=taken.fingerprint,
        )
    finally:
        taken.spool.close()


ROUTES = [import_codes]
