"""Bodies: JSON read once, strictly, into the type that the route declares; a number in quotes is no number."""

from functools import lru_cache
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.handlers import BaseRouteHandler
from litestar.types import Empty

from api.process import process_of
from api.uploads import FORM, received

# The option of a route whose body may also be a picture, which its handler reads by itself.
OR_PICTURE: Final = "or_picture"
_PICTURES: Final = ("image/", FORM, "application/octet-stream")


def is_picture(request: Request[Any, Any, Any]) -> bool:
    """Whether the body says that it is a picture, bare or in a form."""
    return request.headers.get("content-type", "").lower().startswith(_PICTURES)


class StrictRequest(Request[Any, Any, Any]):
    """Litestar reads JSON into plain values and converts them as loosely as a query; this one reads it as declared."""

    async def body(self) -> bytes:
        """The body, up to the limit of JSON; none where a picture comes instead, which is as large as pictures are."""
        if OR_PICTURE not in self.route_handler.opt:
            return await super().body()
        if is_picture(self):
            return b""
        if self._body is Empty:
            most = process_of(self).settings.body_limit_bytes
            self._body = bytes(await received(self, part="", bytes_max=most))
        return await super().body()

    async def json(self) -> Any:
        """The body as the route's type; msgspec's refusals name the field."""
        return _decoder(self.route_handler).decode(await self.body())


@lru_cache(maxsize=512)
def _decoder(handler: BaseRouteHandler) -> msgspec.json.Decoder[Any]:
    declared = handler.parsed_fn_signature.parameters.get("data")
    return msgspec.json.Decoder(Any if declared is None else declared.raw)
