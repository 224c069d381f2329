"""Problems: every refusal as RFC 9457 problem+json with a stable slug, and as a part of the OpenAPI document."""

import json
import uuid
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec

from api import rate_limits
from core import metrics
from core.db import CONTENDED, LOST, DatabaseUnavailable
from core.limits import RateLimited
from core.refusals import BadRequest, DomainError, Forbidden, NotFound, Unauthorized, Unavailable

MEDIA_TYPE = "application/problem+json"
REPLAYED = "Idempotency-Replayed"

# What Litestar says, as of a fault of ours, when a caller hangs up before the end of his body.
_GONE = "client disconnected prematurely"

_log = structlog.get_logger()


class Problem(msgspec.Struct, frozen=True):
    """What a refused request gets: `slug` says which refusal it is, for programs; `facts` what a person needs."""

    type: str
    slug: str
    title: str
    status: int
    detail: str
    trace_id: str
    facts: dict[str, Any] = {}


class MethodNotAllowed(DomainError):
    slug = "method_not_allowed"
    title = "This address does not take that method"
    status = 405


class PayloadTooLarge(DomainError):
    slug = "payload_too_large"
    title = "The body is larger than this route takes"
    status = 413


class UnsupportedMediaType(DomainError):
    slug = "unsupported_media_type"
    title = "The body must be application/json"
    status = 415


class InternalError(DomainError):
    slug = "internal_error"
    title = "Something broke on our side; it is logged"
    status = 500


_BY_STATUS: dict[int, type[DomainError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    413: PayloadTooLarge,
    415: UnsupportedMediaType,
    503: Unavailable,
}


def trace_id(request: Request[Any, Any, Any]) -> str:
    """The request's id, as it stands in the access log and in X-Request-Id."""
    state: dict[str, Any] = request.scope.setdefault("state", {})
    return str(state.setdefault("trace_id", uuid.uuid4().hex))


def problem_of(request: Request[Any, Any, Any], refusal: DomainError) -> Problem:
    """A refusal in the form in which it leaves."""
    return Problem(
        type=f"/problems/{refusal.slug}",
        slug=refusal.slug,
        title=refusal.title,
        status=refusal.status,
        detail=refusal.detail or refusal.title,
        trace_id=trace_id(request),
        facts=msgspec.to_builtins(refusal.facts, str_keys=True),
    )


def answer(request: Request[Any, Any, Any], refusal: DomainError) -> Response[bytes]:
    """The refusal as a response."""
    metrics.refusals.labels(refusal.slug).inc()
    headers = {"Cache-Control": "no-store"}
    if refusal.retry_after_seconds is not None:
        headers["Retry-After"] = str(refusal.retry_after_seconds)
    if isinstance(refusal, RateLimited) and refusal.allowance is not None:
        headers |= rate_limits.headers(refusal.allowance)
    if refusal.repeated:
        headers[REPLAYED] = "true"
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        msgspec.json.encode(problem_of(request, refusal)),
        status_code=refusal.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def on_refusal(request: Request[Any, Any, Any], refusal: DomainError) -> Response[bytes]:
    """The business said no."""
    return answer(request, refusal)


def on_http_exception(request: Request[Any, Any, Any], broken: HTTPException) -> Response[bytes]:
    """The framework said no: the shape of the request, its address or its method."""
    if broken.detail == _GONE:
        # Nobody hears this answer, and nothing of ours broke.
        return answer(request, BadRequest(detail=_GONE))
    if broken.status_code >= 500:
        return on_bug(request, broken.__cause__ or broken)
    kind = _BY_STATUS.get(broken.status_code, BadRequest)
    if kind is not BadRequest:
        return answer(request, kind())
    return answer(request, BadRequest(detail=_shape(broken), **_fields(broken)))


def on_bug(request: Request[Any, Any, Any], broken: BaseException) -> Response[bytes]:
    """Anything else: unreadable bodies are the caller's, a lost database is for later, the rest is ours and logged."""
    if isinstance(broken, UnicodeDecodeError | RecursionError | msgspec.MsgspecError | json.JSONDecodeError):
        return answer(request, BadRequest(detail="the body cannot be read"))
    if isinstance(broken, (*LOST, *CONTENDED)):
        return answer(request, DatabaseUnavailable(detail="the database does not answer; nothing was changed"))
    _log.error("request.broke", trace_id=trace_id(request), exc_info=broken)
    return answer(request, InternalError())


def refuses(*refusals: type[DomainError]) -> dict[int, ResponseSpec]:
    """The refusals of a route for its OpenAPI document, by status, on top of those that every route has."""
    by_status: dict[int, list[type[DomainError]]] = {}
    kinds: tuple[type[DomainError], ...] = (BadRequest, DatabaseUnavailable, InternalError, *refusals)
    for refusal in kinds:
        by_status.setdefault(refusal.status, []).append(refusal)
    return {
        status: ResponseSpec(
            data_container=Problem,
            description=" · ".join(f"`{refusal.slug}`: {refusal.title}" for refusal in refused),
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status, refused in sorted(by_status.items())
    }


def _shape(broken: HTTPException) -> str:
    return "the request is not what this route takes" if not broken.extra else "some fields are not as they should be"


def _fields(broken: HTTPException) -> dict[str, Any]:
    extra = broken.extra if isinstance(broken.extra, list) else []
    fields = [
        {"field": str(item.get("key", "")), "problem": str(item.get("message", ""))[:200]}
        for item in extra[:20]
        if isinstance(item, dict)
    ]
    return {"fields": fields} if fields else {}
