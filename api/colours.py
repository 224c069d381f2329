"""Colours over HTTP: the maker chooses in which colours agents' handouts are printed."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.callers import Scoped, holder
from api.confines import WRITES, within
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from codes.drawings.colours import Ink, WeakContrast, check
from core.access import Scope
from programs import installation


@put(
    "/v1/programs/{program_id:uuid}/colours",
    guards=[Scoped(Scope.campaigns_write)],
    security=KEY,
    tags=["programs"],
    operation_id="set_colours",
    status_code=200,
    responses={200: ResponseSpec(Ink, generate_examples=False, description="The colours.")}
    | refuses(*WRITES, WeakContrast),
)
async def set_colours(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    data: Annotated[Ink, like(dark="#7A0F2B", light="#FFF8F0")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Choose the maker's colours for what agents hand out, as far as a phone and a till's scanner read them."""
    within(request, program_id)

    async def choose() -> Ink:
        check(data)
        await installation.set_colours(program_id, dark=data.dark, light=data.light, by=holder(request).who)
        return data

    return await once(request, choose, status=200)


ROUTES = [set_colours]
