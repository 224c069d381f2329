from typing import Any

import httpx
import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from api.app import create_app
from api.callers import Scoped
from api.read_only import ANSWERS_ANYWAY
from core.settings import Settings
from tests.api.tables import handlers

PUBLISHED = [
    (f"{method} {path}", handler) for path, method, handler in handlers() if handler.resolve_include_in_schema()
]
WRITES = [
    (operation, handler)
    for operation, handler in PUBLISHED
    if not operation.startswith("GET") and not handler.opt.get(ANSWERS_ANYWAY)
]
FOR_KEYS = [
    (operation, handler)
    for operation, handler in PUBLISHED
    if any(isinstance(guard, Scoped) for guard in handler.resolve_guards())
]


def told(handler: HTTPRouteHandler, status: int) -> str:
    """What a route's document says of a status."""
    responses = handler.responses or {}
    return responses[status].description if status in responses else ""


def example(handler: HTTPRouteHandler) -> tuple[Any, Any] | None:
    """A route's example of its body, and the type that it has to be."""
    data = handler.parsed_fn_signature.parameters.get("data")
    examples = getattr(data and data.kwarg_definition, "examples", None)
    return (examples[0].value, data.annotation) if data and examples else None


def test_every_write_says_that_it_stops_in_read_only_mode() -> None:
    assert [operation for operation, handler in WRITES if "`read_only`" not in told(handler, 503)] == []


def test_every_route_for_keys_says_how_it_refuses_strangers() -> None:
    silent = [operation for operation, handler in FOR_KEYS for status in (401, 403, 404) if not told(handler, status)]

    assert silent == []


def test_every_example_is_a_body_that_is_taken() -> None:
    examples = [found for _, handler in PUBLISHED if (found := example(handler))]

    for value, kind in examples:
        msgspec.convert(value, kind)
    assert examples


@pytest.mark.parametrize("path", ["/docs/openapi.json", "/docs"])
async def test_the_document_and_its_page_are_served(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)

    assert answer.status_code == 200


async def test_nothing_is_said_about_the_api_where_nobody_has_opened_the_document(settings: Settings) -> None:
    app = create_app(msgspec.structs.replace(settings, docs=Settings().docs))

    paths = {route.path for route in app.routes}

    assert [path for path in paths if path.startswith("/docs") and not path.startswith("/docs/assets")] == []
