"""Examples: bodies as somebody would send them, shown in the OpenAPI document."""

from typing import Any

from litestar.openapi.spec import Example
from litestar.params import Body, BodyKwarg

AN_ID = "0199a3c4-7e2f-7b61-9d0a-5c1f2e3d4b5a"


def like(**fields: Any) -> BodyKwarg:
    """A JSON body, and one that is right in every field."""
    body: BodyKwarg = Body(examples=[Example(value=fields)])
    return body
