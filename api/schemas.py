"""Schemas: what the OpenAPI document says of types that Litestar reads differently from msgspec."""

from litestar._openapi.schema_generation import SchemaCreator
from litestar.openapi.spec import OpenAPIType, Schema
from litestar.params import KwargDefinition
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition


class BoundedTuples(OpenAPISchemaPlugin):
    """A tuple of any length with a bound: an array of its one type, not of that or the three dots."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        inner = field_definition.inner_types
        return field_definition.is_tuple and bool(inner) and inner[-1].annotation is Ellipsis

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: SchemaCreator) -> Schema:
        bounds = field_definition.kwarg_definition
        return Schema(
            type=OpenAPIType.ARRAY,
            items=schema_creator.for_field_definition(field_definition.inner_types[0]),
            min_items=bounds.min_items if isinstance(bounds, KwargDefinition) else None,
            max_items=bounds.max_items if isinstance(bounds, KwargDefinition) else None,
        )
