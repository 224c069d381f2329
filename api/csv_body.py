"""CSV bodies: how a route that takes a sheet instead of JSON says so in its OpenAPI document."""

from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema

_TOLD = "UTF-8; commas, semicolons or tabs; the first row names the columns, `|` parts several values in one cell."


def sheet(example: str) -> type[Operation]:
    """An operation whose body is a sheet like this one; the handler reads it raw."""
    body = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, examples=[example]))

    @dataclass
    class SheetOperation(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(required=True, content={"text/csv": body}, description=_TOLD)

    return SheetOperation
