"""Access keys over HTTP: made, listed and ended by the owner; a token is shown once."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.callers import Scoped, holder
from api.confines import READS, WRITES, reach, within
from api.examples import AN_ID, like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from core import access
from core.access import AccessKeyView, Role, Scope
from core.refusals import NotFound
from core.text import Name
from core.times import Moment, in_utc
from programs.installation import find_program
from programs.shops import find_shop


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key to be made; with a program or a shop nothing else exists for it, and a shop brings its program."""

    name: Name
    role: Role
    program_id: UUID | None = None
    shop_id: UUID | None = None
    expires_at: Moment | None = None


class CreatedKey(msgspec.Struct, frozen=True):
    """A key with its token, which nobody can show again."""

    id: UUID
    token: str
    name: str
    role: Role
    program_id: UUID | None
    shop_id: UUID | None
    expires_at: datetime | None


class Keys(msgspec.Struct, frozen=True):
    """Keys, the newest first."""

    keys: list[AccessKeyView]


@post(
    "/v1/keys",
    guards=[Scoped(Scope.keys_write)],
    security=KEY,
    tags=["keys"],
    operation_id="create_key",
    status_code=201,
    responses={201: ResponseSpec(CreatedKey, generate_examples=False, description="The key; keep its token.")}
    | refuses(*WRITES),
)
async def create_key(
    request: Request[Any, Any, Any],
    data: Annotated[NewKey, like(name="Касса 3", role="terminal", shop_id=AN_ID, expires_at="2027-01-01T00:00:00Z")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Make an access key. Two keys of one holder may live at once, so that a key is replaced without a pause.

    A key that is confined to a program makes keys for that program.
    """

    async def create() -> CreatedKey:
        program_id = await _confined_to(request, data)
        key_id, token = await access.create(
            role=data.role,
            name=data.name,
            program_id=program_id,
            shop_id=data.shop_id,
            expires_at=data.expires_at,
            by=holder(request).who,
        )
        return CreatedKey(key_id, token, data.name, data.role, program_id, data.shop_id, in_utc(data.expires_at))

    return await once(request, create, secret=True)


@get(
    "/v1/keys",
    guards=[Scoped(Scope.keys_write)],
    security=KEY,
    tags=["keys"],
    operation_id="list_keys",
    responses=refuses(*READS),
)
async def list_keys(request: Request[Any, Any, Any]) -> Keys:
    """Every access key, the ended ones too, without their tokens."""
    return Keys(await access.listed(reach(request)))


@delete(
    "/v1/keys/{key_id:uuid}",
    guards=[Scoped(Scope.keys_write)],
    security=KEY,
    tags=["keys"],
    operation_id="revoke_key",
    status_code=200,
    responses={200: ResponseSpec(AccessKeyView, generate_examples=False, description="The key, which has ended.")}
    | refuses(*WRITES),
)
async def revoke_key(
    request: Request[Any, Any, Any], key_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """End an access key for good; within seconds no process takes it any more."""
    program_id = reach(request)
    return await once(request, lambda: access.revoke(key_id, by=holder(request).who, program_id=program_id), status=200)


async def _confined_to(request: Request[Any, Any, Any], data: NewKey) -> UUID | None:
    """The program that the new key is confined to: the one asked for, its shop's, or that of who makes it."""
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


ROUTES = [create_key, list_keys, revoke_key]
