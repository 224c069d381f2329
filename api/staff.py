"""Staff over HTTP: who logs in to the pages, made, listed, let out and in again by the owner."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.callers import Scoped, holder
from api.confines import READS, WRITES, reach, within
from api.examples import AN_ID, like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from codes import shifts
from codes.shifts import ShiftNeeded
from core.access import Scope
from core.refusals import NotFound
from programs import staff
from programs.installation import find_program
from programs.shops import find_shop
from programs.staff import Hired, LoginTaken, NewStaff, ShopMisplaced, StaffView


class People(msgspec.Struct, frozen=True):
    """People of the staff by login."""

    staff: list[StaffView]


@post(
    "/v1/staff",
    guards=[Scoped(Scope.staff_write)],
    security=KEY,
    tags=["keys"],
    operation_id="hire_staff",
    status_code=201,
    responses={201: ResponseSpec(Hired, generate_examples=False, description="The person; hand him the password.")}
    | refuses(*WRITES, LoginTaken, ShopMisplaced),
)
async def hire_staff(
    request: Request[Any, Any, Any],
    data: Annotated[NewStaff, like(login="olga", name="Ольга, касса 2", role="cashier", shop_id=AN_ID)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Let a person log in to the pages of the staff. The password is shown this once; he may change it.

    A key that is confined to a program lets people into that program.
    """

    async def hire() -> Hired:
        return await staff.hire(data, program_id=await _confined_to(request, data), by=holder(request).who)

    return await once(request, hire, secret=True)


@get(
    "/v1/staff",
    guards=[Scoped(Scope.staff_write)],
    security=KEY,
    tags=["keys"],
    operation_id="list_staff",
    responses=refuses(*READS),
)
async def list_staff(request: Request[Any, Any, Any]) -> People:
    """Everybody who may log in, and those who may no more."""
    return People(await staff.listed(reach(request)))


@post(
    "/v1/staff/{staff_id:uuid}/disable",
    guards=[Scoped(Scope.staff_write)],
    security=KEY,
    tags=["keys"],
    operation_id="disable_staff",
    status_code=200,
    responses={200: ResponseSpec(StaffView, generate_examples=False, description="The person, who is out.")}
    | refuses(*WRITES),
)
async def disable_staff(
    request: Request[Any, Any, Any], staff_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Let a person in no more; where he is logged in, that ends at once."""
    return await _changed(request, lambda to: staff.disable(staff_id, by=holder(request).who, program_id=to))


@post(
    "/v1/staff/{staff_id:uuid}/enable",
    guards=[Scoped(Scope.staff_write)],
    security=KEY,
    tags=["keys"],
    operation_id="enable_staff",
    status_code=200,
    responses={200: ResponseSpec(StaffView, generate_examples=False, description="The person, who may log in.")}
    | refuses(*WRITES),
)
async def enable_staff(
    request: Request[Any, Any, Any], staff_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Let a person in again, by the password that he had."""
    return await _changed(request, lambda to: staff.enable(staff_id, by=holder(request).who, program_id=to))


@post(
    "/v1/staff/{staff_id:uuid}/password",
    guards=[Scoped(Scope.staff_write)],
    security=KEY,
    tags=["keys"],
    operation_id="replace_password",
    status_code=200,
    responses={200: ResponseSpec(Hired, generate_examples=False, description="The person and his new password.")}
    | refuses(*WRITES),
)
async def replace_password(
    request: Request[Any, Any, Any], staff_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Hand a person a new password: the old one, his PIN and his sessions are over."""
    return await _changed(request, lambda to: staff.new_password(staff_id, by=holder(request).who, program_id=to))


@post(
    "/v1/staff/{staff_id:uuid}/shift/close",
    guards=[Scoped(Scope.staff_write)],
    security=KEY,
    tags=["keys"],
    operation_id="close_shift",
    status_code=200,
    responses={200: ResponseSpec(StaffView, generate_examples=False, description="The cashier, whose shift is over.")}
    | refuses(*WRITES, ShiftNeeded),
)
async def close_shift(
    request: Request[Any, Any, Any], staff_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Close the shift that a cashier forgot; what was sold in it is undone at the till no more."""
    program_id = reach(request)

    async def close() -> StaffView:
        cashier = await staff.find(staff_id, program_id=program_id)
        await shifts.close_for(staff_id, by=holder(request).who)
        return cashier

    return await once(request, close, status=200)


async def _changed(request: Request[Any, Any, Any], change: Callable[[UUID | None], Awaitable[Any]]) -> Response[bytes]:
    program_id = reach(request)
    return await once(request, lambda: change(program_id), status=200, secret=True)


async def _confined_to(request: Request[Any, Any, Any], data: NewStaff) -> UUID | None:
    """The program that the person is confined to: the one asked for, his shop's, or that of who lets him in."""
    program_id = data.program_id
    if data.shop_id is not None:
        shop = await find_shop(data.shop_id)
        if program_id not in (None, shop.program_id):
            raise NotFound
        program_id = shop.program_id
    if program_id is None:
        return reach(request)
    within(request, program_id)
    return (await find_program(program_id)).id


ROUTES = [hire_staff, list_staff, disable_staff, enable_staff, replace_password, close_shift]
