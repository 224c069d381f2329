"""Terminals over HTTP: the tills of a shop that sign without a network are registered, listed and revoked."""

import base64
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from msgspec import Meta

from api.callers import Scoped, holder
from api.confines import READS, WRITES, within
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from codes import coupon_lists
from core.access import Scope
from core.text import Name
from programs import terminals
from programs.shops import find_shop
from programs.terminals import Terminal, TerminalKnown, TooManyTerminals


class NewTerminal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A till by its Ed25519 public key: 32 bytes as base64url without padding."""

    name: Name
    public_key: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048](?![\\s\\S])")]


class TerminalView(msgspec.Struct, frozen=True):
    """A till; its `id` is the `kid` of its slips, `server_key` proves the lists that it gets."""

    id: UUID
    shop_id: UUID
    name: str
    public_key: str
    server_key: str
    registered_at: datetime
    revoked_at: datetime | None


class Terminals(msgspec.Struct, frozen=True):
    """A shop's tills, the latest first."""

    terminals: list[TerminalView]


_TERMINAL = ResponseSpec(TerminalView, generate_examples=False, description="The terminal as it stands now.")


@post(
    "/v1/shops/{shop_id:uuid}/terminals",
    guards=[Scoped(Scope.programs_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="register_terminal",
    status_code=201,
    responses={201: _TERMINAL} | refuses(*WRITES, TerminalKnown, TooManyTerminals),
)
async def register_terminal(
    request: Request[Any, Any, Any],
    shop_id: FromPath[UUID],
    data: Annotated[NewTerminal, like(name="Касса 3", public_key="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Let a till of a shop sign what it gives without a network. Its private key never leaves it."""
    within(request, (await find_shop(shop_id)).program_id)

    async def register() -> TerminalView:
        made = await terminals.register(
            shop_id, name=data.name, public_key=_decoded(data.public_key), by=holder(request).who
        )
        return _view(made)

    return await once(request, register)


@get(
    "/v1/shops/{shop_id:uuid}/terminals",
    guards=[Scoped(Scope.programs_read)],
    security=KEY,
    tags=["checkout"],
    operation_id="list_terminals",
    responses=refuses(*READS),
)
async def list_terminals(request: Request[Any, Any, Any], shop_id: FromPath[UUID]) -> Terminals:
    """The tills of a shop that may sign, and those that might."""
    within(request, (await find_shop(shop_id)).program_id)
    return Terminals([_view(one) for one in await terminals.listed(shop_id)])


@post(
    "/v1/terminals/{terminal_id:uuid}/revoke",
    guards=[Scoped(Scope.programs_write)],
    security=KEY,
    tags=["checkout"],
    operation_id="revoke_terminal",
    status_code=200,
    responses={200: _TERMINAL} | refuses(*WRITES),
)
async def revoke_terminal(
    request: Request[Any, Any, Any], terminal_id: FromPath[UUID], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Take no slip of a till any more, whenever it says that it signed it; what was taken stays."""
    within(request, (await find_shop((await terminals.find(terminal_id)).shop_id)).program_id)

    async def revoke() -> TerminalView:
        return _view(await terminals.revoke(terminal_id, by=holder(request).who))

    return await once(request, revoke, status=200)


def _view(found: Terminal) -> TerminalView:
    return TerminalView(
        found.id,
        found.shop_id,
        found.name,
        _encoded(found.public_key),
        _encoded(coupon_lists.public_key()),
        found.registered_at,
        found.revoked_at,
    )


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=")


ROUTES = [register_terminal, list_terminals, revoke_terminal]
