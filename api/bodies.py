"""Bodies: JSON read once, strictly, into the type that the route declares; a number in quotes is no number."""

from functools import lru_cache
from typing import Any

import msgspec
from litestar import Request
from litestar.handlers import BaseRouteHandler


class StrictRequest(Request[Any, Any, Any]):
    """Litestar reads JSON into plain values and converts them as loosely as a query; this one reads it as declared."""

    async def json(self) -> Any:
        """The body as the route's type; msgspec's refusals name the field."""
        return _decoder(self.route_handler).decode(await self.body())


@lru_cache(maxsize=512)
def _decoder(handler: BaseRouteHandler) -> msgspec.json.Decoder[Any]:
    declared = handler.parsed_fn_signature.parameters.get("data")
    return msgspec.json.Decoder(Any if declared is None else declared.raw)
