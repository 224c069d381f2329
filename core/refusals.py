"""Refusals: what the business says no to, each a class beside its use case, each with its place in HTTP.

DomainError
├── Unprocessable   422  understood and refused
├── Conflict        409  the state of things forbids it
├── NotFound        404  nothing here that the caller may see
├── Forbidden       403  the caller may not
├── Unauthorized    401  nobody we know
├── BadRequest      400  not what this route takes
├── TooMany         429  later
└── Unavailable     503  a part is down; try again
"""

from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal with a stable slug; its keyword facts are shown to whoever may see them."""

    slug: ClassVar[str] = ""
    title: ClassVar[str] = ""
    status: ClassVar[int] = 422
    retry_after_seconds: int | None = None
    # Whether the same request was refused like this before.
    repeated: bool = False

    def __init__(self, *, detail: str = "", retry_after_seconds: int | None = None, **facts: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.facts = facts
        if retry_after_seconds is not None:
            self.retry_after_seconds = retry_after_seconds


class Unprocessable(DomainError):
    status = 422


class Conflict(DomainError):
    status = 409


class NotFound(DomainError):
    slug = "not_found"
    title = "There is nothing here that you may see"
    status = 404


class Forbidden(DomainError):
    slug = "forbidden"
    title = "You may not do this"
    status = 403


class Unauthorized(DomainError):
    slug = "unauthorized"
    title = "A valid token is needed"
    status = 401


class BadRequest(DomainError):
    slug = "invalid_request"
    title = "The request is not what this route takes"
    status = 400


class TooMany(DomainError):
    slug = "rate_limited"
    title = "Too many tries; come back later"
    status = 429
    retry_after_seconds = 60


class Unavailable(DomainError):
    slug = "unavailable"
    title = "A part of the service is down; try again"
    status = 503
    retry_after_seconds = 2
