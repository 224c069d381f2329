"""The phone app's files: compressed when they were built, kept for ever where their name tells their content."""

import asyncio
import hashlib
import mimetypes
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import HttpMethod, Request, Response, route
from litestar.params import FromPath

from api.callers import anybody
from api.ranged import beyond, headers, part_of

FOLDER: Final = Path(__file__).parent / "static" / "app"
# Vite writes a hash of the content into these names.
_HASHED: Final = re.compile(r"^assets/.+-[A-Za-z0-9_-]{8}\.\w+$")
_NAME_LENGTH_MAX: Final = 120
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
_TYPES: Final = {".js": "text/javascript", ".wasm": "application/wasm", ".webmanifest": "application/manifest+json"}
_SAFETY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
        "connect-src 'self'; worker-src 'self'; manifest-src 'self'; media-src 'self' blob:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_NOT_BUILT: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>The phone app is not built</title>'
    "<h1>The phone app is not built here</h1><p>The API works without it. <code>naparnik app</code> builds it; it has "
    "to reach npm for that once, and says what is missing.</html>"
)


class _File(msgspec.Struct, frozen=True):
    """A file in one encoding."""

    content: bytes
    etag: str
    encoding: str | None


@route(
    ["/app", "/app/{path:path}"],
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    guards=[anybody],
    include_in_schema=False,
)
async def app_file(request: Request[Any, Any, Any], path: FromPath[str] = "/") -> Response[bytes]:
    """A file of the app; its first page where none is named."""
    if not request.scope["raw_path"].endswith(b"/") and path == "/":
        # What the page names beside itself, and the reach of its service worker, begin behind the slash.
        return Response(b"", status_code=308, headers={"Location": "/app/"})
    return await asyncio.to_thread(_found, request, path.strip("/") or "index.html")


def _found(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    known = FOLDER / name
    if not (FOLDER / "index.html").is_file():
        return Response(_NOT_BUILT.encode(), status_code=503, media_type="text/html", headers=_SAFETY)
    # A longer name is nobody's who knows the app, and for the file system it is an error to look for it.
    if len(name) > _NAME_LENGTH_MAX or ".." in known.parts or not known.is_file():
        return Response(b"", status_code=404, media_type="text/plain", headers=_SAFETY)
    return _answer(request, name, _best(known, request.headers.get("accept-encoding", "")))


def _answer(request: Request[Any, Any, Any], name: str, file: _File) -> Response[bytes]:
    said = _SAFETY | {"Vary": "Accept-Encoding", "ETag": file.etag, "Cache-Control": _kept(name)}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=said, media_type=None)
    part = part_of(request, size=len(file.content), etag=file.etag)
    if part is None:
        return beyond(request, size=len(file.content))
    said |= headers(part, etag=file.etag) | ({"Content-Encoding": file.encoding} if file.encoding else {})
    return Response(
        file.content[part.start : part.stop], status_code=part.status, media_type=_type_of(name), headers=said
    )


def _kept(name: str) -> str:
    return "public, max-age=31536000, immutable" if _HASHED.match(name) else "no-cache"


def _type_of(name: str) -> str:
    suffix = Path(name).suffix
    return _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")


def _best(known: Path, accepted: str) -> _File:
    """The smallest form of a file that the browser takes."""
    taken = {part.partition(";")[0].strip() for part in accepted.split(",") if not part.endswith(";q=0")}
    for encoding, suffix in _ENCODINGS:
        packed = known.with_name(known.name + suffix)
        if encoding in taken and packed.is_file():
            return _read(packed, packed.stat().st_mtime_ns, encoding)
    return _read(known, known.stat().st_mtime_ns, None)


@lru_cache(maxsize=256)
def _read(path: Path, changed_ns: int, encoding: str | None) -> _File:
    """A file as it was at that time; a build that replaces it is seen at once."""
    content = path.read_bytes()
    return _File(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"', encoding)


ROUTES = [app_file]
