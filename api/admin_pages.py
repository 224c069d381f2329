"""Pages for the maker's own people: they paste an access key, which the page keeps in its memory and nowhere else."""

from pathlib import Path
from typing import Final

from litestar import Response, get
from litestar.params import FromPath

from api.callers import anybody
from core.refusals import NotFound

_FOLDER: Final = Path(__file__).parent / "static" / "admin"
_KINDS: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
# By their names in addresses; read once, since they change with the program only.
_FILES: Final = {
    file.name.removesuffix(".html"): (file.read_bytes(), _KINDS[file.suffix])
    for file in _FOLDER.iterdir()
    if file.suffix in _KINDS
}
_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


@get("/admin/{name:str}", guards=[anybody], include_in_schema=False)
async def admin_page(name: FromPath[str]) -> Response[bytes]:
    """A page or a part of one; it knows nothing until somebody has pasted a key."""
    if name not in _FILES:
        raise NotFound
    content, kind = _FILES[name]
    return Response(content, media_type=kind, headers=_HEADERS)


ROUTES = [admin_page]
