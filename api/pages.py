"""Pages about the API itself: what each refusal means, and the parts of the document's page."""

import html
from collections.abc import Iterator

from litestar import Response, get
from litestar.params import FromPath

from api.callers import anybody
from api.openapi import ASSETS
from core.refusals import DomainError, NotFound

_SHIPPED = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui-standalone-preset.js": "text/javascript",
    "swagger-ui.css": "text/css",
}


@get("/problems/{slug:str}", guards=[anybody], include_in_schema=False)
async def problem_page(slug: FromPath[str]) -> Response[str]:
    """What a refusal means, for the person who follows its `type`."""
    refusal = next((kind for kind in every_refusal() if kind.slug == slug), None)
    if refusal is None:
        raise NotFound
    told = html.escape(f"{refusal.slug}: {refusal.title}")
    page = f"<!doctype html><meta charset=utf-8><title>{told}</title><h1>{told}</h1><p>HTTP {refusal.status}"
    return Response(page, media_type="text/html")


@get("/docs/assets/{name:str}", guards=[anybody], include_in_schema=False)
async def asset(name: FromPath[str]) -> Response[bytes]:
    """A file of the document's page, as its package ships it."""
    if name not in _SHIPPED:
        raise NotFound
    return Response(
        (ASSETS / name).read_bytes(),
        media_type=_SHIPPED[name],
        headers={"Cache-Control": "public, max-age=86400"},
    )


def every_refusal() -> Iterator[type[DomainError]]:
    """Each refusal that this program can give."""
    waiting = [DomainError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if kind.slug:
            yield kind


ROUTES = [problem_page, asset]
