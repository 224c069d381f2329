"""CSV bodies: how a route that takes a sheet instead of JSON says so in its OpenAPI document."""

from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema


@dataclass
class CsvOperation(Operation):
    """An operation whose body is a sheet; the handler reads it raw."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            required=True,
            content={"text/csv": OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))},
            description="UTF-8; commas, semicolons or tabs; the first row names the columns, `|` parts several values.",
        )
