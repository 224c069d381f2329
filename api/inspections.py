"""Inspections over HTTP: the story of a code, asked for by its text in a body, which no address ever holds."""

from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.openapi.datastructures import ResponseSpec

from api.callers import Scoped, holder
from api.confines import READS, reach
from api.examples import like
from api.openapi import KEY
from api.problems import PayloadTooLarge, refuses
from api.process import process_of
from api.read_only import ANSWERS_ANYWAY
from codes import inspection
from codes.inspection import Inspected
from codes.readings import CheckFailed, Malformed
from core.access import Scope
from core.text import CodeText


class Inspection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code as somebody reads it from a pack, in any spelling."""

    code: CodeText


@post(
    "/v1/codes/inspect",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["codes"],
    operation_id="inspect_code",
    status_code=200,
    opt={ANSWERS_ANYWAY: True},
    responses={200: ResponseSpec(Inspected, generate_examples=False, description="What is known of it.")}
    | refuses(*READS, PayloadTooLarge, Malformed, CheckFailed),
)
async def inspect_code(
    request: Request[Any, Any, Any], data: Annotated[Inspection, like(code="8WBJ F619 H3AR 21VM")]
) -> Inspected:
    """Printer, carton, shipment, range and scans of a code, inner or outer. It is a question and changes nothing.

    That it was asked stands in the audit; the code does not.
    """
    return await inspection.inspect(
        data.code, keyring=process_of(request).keyring, by=holder(request).who, program_id=reach(request)
    )


ROUTES = [inspect_code]
