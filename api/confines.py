"""Confines: a key that is confined to one program or one shop finds nothing else, whatever its role."""

from typing import Any
from uuid import UUID

from litestar import Request

from api import idempotent
from api.callers import holder
from api.denials import beyond
from api.idempotent import IdempotencyKeyMalformed, IdempotencyKeyMissing
from api.problems import PayloadTooLarge
from core.refusals import DomainError, Forbidden, NotFound, Unauthorized
from core.switches import ReadOnly

# What each route for keys can refuse with; what writes among them; what moves money or a code among those.
READS: tuple[type[DomainError], ...] = (Unauthorized, Forbidden, NotFound)
WRITES = (*READS, PayloadTooLarge, ReadOnly, IdempotencyKeyMalformed, *idempotent.REFUSALS)
MOVES = (*WRITES, IdempotencyKeyMissing)


def reach(request: Request[Any, Any, Any]) -> UUID | None:
    """The program that the caller's key is confined to, None if it is to none; a shop's key reaches no program."""
    me = holder(request)
    if me.shop_id is not None:
        raise beyond(request)
    return me.program_id


def within(request: Request[Any, Any, Any], program_id: UUID) -> UUID:
    """The program, if the caller's key reaches it; NotFound otherwise."""
    if reach(request) not in (None, program_id):
        raise beyond(request, program_id)
    return program_id


def everywhere(request: Request[Any, Any, Any]) -> None:
    """NotFound unless the caller's key reaches the whole installation."""
    if reach(request) is not None:
        raise beyond(request)
