"""Terms over HTTP: the maker publishes them, agents read them and say yes to the very text that they were shown."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from api.callers import Scoped, agent_of, agents, holder
from api.confines import READS, WRITES, within
from api.examples import like
from api.idempotent import REFUSALS, IdempotencyKey, IdempotencyKeyMalformed, once
from api.openapi import AGENT, KEY
from api.problems import refuses
from core.access import Scope
from core.refusals import NotFound, Unauthorized
from core.switches import ReadOnly
from programs import terms
from programs.terms import Acceptance, NewTerms, Terms, TermsChanged


class AllTerms(msgspec.Struct, frozen=True):
    """The newest version of each text."""

    terms: list[Terms]


class Yes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The hash of the text that the agent was shown."""

    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}(?![\\s\\S])")]


@post(
    "/v1/programs/{program_id:uuid}/terms",
    guards=[Scoped(Scope.programs_write)],
    security=KEY,
    tags=["terms"],
    operation_id="publish_terms",
    status_code=201,
    responses={201: ResponseSpec(Terms, generate_examples=False, description="The text with its version and hash.")}
    | refuses(*WRITES),
)
async def publish_terms(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    data: Annotated[NewTerms, like(name="offer", text_ru="Правила акции…", text_en="The rules of the offer…")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Publish a text in both languages, as the next version of its name; the same text again stays the same version."""
    within(request, program_id)
    return await once(request, lambda: terms.publish_terms(program_id, data, by=holder(request).who))


@get(
    "/v1/programs/{program_id:uuid}/terms",
    guards=[Scoped(Scope.programs_read)],
    security=KEY,
    tags=["terms"],
    operation_id="list_terms",
    responses=refuses(*READS),
)
async def list_terms(request: Request[Any, Any, Any], program_id: FromPath[UUID]) -> AllTerms:
    """The texts of a program, each in its newest version."""
    return AllTerms(await terms.newest_terms(within(request, program_id)))


@get(
    "/v1/terms",
    guards=[agents],
    security=AGENT,
    tags=["terms"],
    operation_id="read_terms",
    responses=refuses(Unauthorized),
)
async def read_terms(request: Request[Any, Any, Any], program_id: FromQuery[UUID]) -> AllTerms:
    """The texts of a program for whoever takes part in it, each in its newest version."""
    return AllTerms(await terms.newest_terms(program_id))


@post(
    "/v1/terms/{terms_id:uuid}/accept",
    guards=[agents],
    security=AGENT,
    tags=["terms"],
    operation_id="accept_terms",
    status_code=200,
    responses={200: ResponseSpec(Acceptance, generate_examples=False, description="The agreement, as it is kept.")}
    | refuses(Unauthorized, NotFound, TermsChanged, ReadOnly, IdempotencyKeyMalformed, *REFUSALS),
)
async def accept_terms(
    request: Request[Any, Any, Any],
    terms_id: FromPath[UUID],
    data: Annotated[Yes, like(sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Agree to a text; the hash says which. Agreeing again changes nothing."""
    agent_id = agent_of(request).agent_id
    return await once(request, lambda: terms.accept_terms(terms_id, agent_id=agent_id, sha256=data.sha256), status=200)


ROUTES = [publish_terms, list_terms, read_terms, accept_terms]
