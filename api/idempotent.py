"""Idempotent writes over HTTP: one effect a key, the same bytes again, a marker on the repetition."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID, uuid5

import msgspec
from litestar import Request, Response
from litestar.params import HeaderParameter

from api.callers import who
from api.problems import MEDIA_TYPE, REPLAYED, answer, problem_of
from core.idempotency import Answer, IdempotencyInProgress, IdempotencyMismatch, claim
from core.refusals import BadRequest, DomainError

KEPT_REFUSALS = frozenset({404, 409, 410, 422})

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        required=False,
        description="1-255 visible ASCII characters, new for each intent and the same for each repetition of it.",
    ),
]
REFUSALS: tuple[type[DomainError], ...] = (IdempotencyMismatch, IdempotencyInProgress)


class IdempotencyKeyMissing(BadRequest):
    slug = "idempotency_key_missing"
    title = "This route moves money or a code and needs an Idempotency-Key"


class IdempotencyKeyMalformed(BadRequest):
    slug = "idempotency_key_malformed"
    title = "An Idempotency-Key is 1 to 255 visible ASCII characters"


def key_of(request: Request[Any, Any, Any], *, required: bool) -> str | None:
    """The request's Idempotency-Key, checked."""
    key = request.headers.get("idempotency-key")
    if key is None:
        if required:
            raise IdempotencyKeyMissing(see="/problems/idempotency_key_missing")
        return None
    if not 1 <= len(key) <= 255 or not (key.isascii() and key.isprintable() and " " not in key):
        raise IdempotencyKeyMalformed
    return key


def intent(request: Request[Any, Any, Any], of: UUID, about: str = "") -> UUID:
    """What the ledger knows a caller's intent by for ever, when its stored answer is long forgotten."""
    key = key_of(request, required=True)
    return uuid5(of, f"{who(request)} {request.method} {request.scope['path']} {about} {key}")


async def once(
    request: Request[Any, Any, Any],
    work: Callable[[], Awaitable[Any]],
    *,
    status: int = 201,
    required: bool = False,
    secret: bool = False,
    fingerprint: bytes | None = None,
) -> Response[bytes]:
    """Do the work of a write once per Idempotency-Key and caller; its answer commits with its effect.

    `work` calls one use case. `secret` answers are stored so that only the caller's own key opens them. `fingerprint`
    is the hash of a body that was read as it came.
    """
    key = key_of(request, required=required)
    if key is None:
        return _response(Answer(status, msgspec.json.encode(await work())))
    scope = f"{who(request)} {request.method} {request.scope['path']}"
    async with claim(scope=scope[:160], key=key, request=await _asked(request, fingerprint)) as claimed:
        if claimed.before is not None:
            return _response(claimed.before, replayed=True)
        try:
            done = Answer(status, msgspec.json.encode(await work()))
        except DomainError as refusal:
            if refusal.status not in KEPT_REFUSALS:
                raise
            answer(request, refusal)
            done = Answer(refusal.status, msgspec.json.encode(problem_of(request, refusal)))
        await claimed.keep(done, secret=secret)
    return _response(done)


def _response(kept: Answer, *, replayed: bool = False) -> Response[bytes]:
    return Response(
        kept.body,
        status_code=kept.status,
        media_type="application/json" if kept.status < 400 else MEDIA_TYPE,
        headers={"Cache-Control": "no-store"} | ({REPLAYED: "true"} if replayed else {}),
    )


async def _asked(request: Request[Any, Any, Any], fingerprint: bytes | None) -> bytes:
    """What makes two requests the same: their query and their body, or its hash."""
    return request.scope["query_string"] + b"\n" + (await request.body() if fingerprint is None else fingerprint)
