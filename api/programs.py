"""Programs over HTTP: a brand or a country with its calendar, its currency and its asset."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.callers import Scoped, holder
from api.confines import READS, WRITES, everywhere, reach, within
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from core.access import Scope
from programs import installation
from programs.installation import NewProgram, ProgramChange, TimeZoneUnknown
from programs.snapshot import Program


class Programs(msgspec.Struct, frozen=True):
    """Programs, the oldest first."""

    programs: list[Program]


@post(
    "/v1/programs",
    guards=[Scoped(Scope.programs_write)],
    security=KEY,
    tags=["programs"],
    operation_id="create_program",
    status_code=201,
    responses={201: ResponseSpec(Program, generate_examples=False, description="The program.")}
    | refuses(*WRITES, TimeZoneUnknown),
)
async def create_program(
    request: Request[Any, Any, Any],
    data: Annotated[
        NewProgram, like(name="Тепло", time_zone="Europe/Moscow", currency="RUB", asset="BON", jurisdiction="RU")
    ],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Begin a program. Its time zone, currency and asset stay for ever, since days and sums are counted in them."""
    everywhere(request)
    return await once(request, lambda: installation.create_program(data, by=holder(request).who))


@get(
    "/v1/programs",
    guards=[Scoped(Scope.programs_read)],
    security=KEY,
    tags=["programs"],
    operation_id="list_programs",
    responses=refuses(*READS),
)
async def list_programs(request: Request[Any, Any, Any]) -> Programs:
    """Every program that the key reaches."""
    program_id = reach(request)
    if program_id is not None:
        return Programs([await installation.find_program(program_id)])
    return Programs(await installation.programs())


@get(
    "/v1/programs/{program_id:uuid}",
    guards=[Scoped(Scope.programs_read)],
    security=KEY,
    tags=["programs"],
    operation_id="find_program",
    responses=refuses(*READS),
)
async def find_program(request: Request[Any, Any, Any], program_id: FromPath[UUID]) -> Program:
    """A program."""
    return await installation.find_program(within(request, program_id))


@patch(
    "/v1/programs/{program_id:uuid}",
    guards=[Scoped(Scope.programs_write)],
    security=KEY,
    tags=["programs"],
    operation_id="change_program",
    status_code=200,
    responses={200: ResponseSpec(Program, generate_examples=False, description="The program as it is now.")}
    | refuses(*WRITES),
)
async def change_program(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    data: Annotated[ProgramChange, like(name="Тепло и свет")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Change a program's name, or the profile of law that applies to it; what is left out stays."""
    within(request, program_id)
    return await once(
        request, lambda: installation.update_program(program_id, data, by=holder(request).who), status=200
    )


ROUTES = [create_program, list_programs, find_program, change_program]
