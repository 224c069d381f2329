"""The OpenAPI document and its page, served from this machine alone."""

from pathlib import Path
from typing import Any

import swagger_ui_bundle
from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Server

from api import rate_limits
from core.settings import Settings

VERSION = "0.1.0"
ASSETS = Path(swagger_ui_bundle.swagger_ui_path)
Security = list[dict[str, list[str]]]

AGENT: Security = [{"agent": []}]
KEY: Security = [{"key": []}]
AGENT_PROOF: Security = [{"agent": [], "proof": []}]

_ABOUT = """Evidence in, money out, once, and nobody needs to know who you are.

Amounts are whole minor units with their asset; times are RFC 3339 in UTC. Refusals are problem+json (RFC 9457) with a
stable `slug`. Writes take an `Idempotency-Key`: the same key and body get the same answer, byte for byte, for a week,
with the header `Idempotency-Replayed`. Only a refused scan, of which no answer is kept, has a new `trace_id` each time.
Limits by the hour are told in `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).
"""


_RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "In so many seconds, not before."}}
_LIMITED = {
    name: {"schema": {"type": "string"}, "description": means}
    for name, means in (
        (rate_limits.POLICY, rate_limits.POLICY_MEANS),
        (rate_limits.LEFT, rate_limits.LEFT_MEANS),
    )
}
_OF_REFUSALS = {"429": _RETRY_AFTER | _LIMITED, "503": _RETRY_AFTER}
_OF_LIMITED = _OF_REFUSALS | {"200": _LIMITED, "201": _LIMITED}


_TEXT, _BYTES = {"schema": {"type": "string"}}, {"schema": {"type": "string", "format": "binary"}}
# What answers in one of several forms, as it was asked.
_FORMS = {
    "list_coupons": {"text/csv": _TEXT},
    "download_settlement": {
        "text/csv": _TEXT,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _BYTES,
    },
}


class _Document(JsonRenderPlugin):
    """The document with what Litestar's description has no room for: headers of answers, answers of several forms."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        telling = rate_limits.telling(request.app)
        for path in openapi_schema["paths"].values():
            for operation in path.values():
                for media_type, form in _FORMS.get(operation["operationId"], {}).items():
                    operation["responses"]["200"]["content"].setdefault(media_type, form)
                known = _OF_LIMITED if operation["operationId"] in telling else _OF_REFUSALS
                for status, headers in known.items():
                    if status in operation["responses"]:
                        operation["responses"][status]["headers"] = headers
        return super().render(request, openapi_schema)


def openapi_config(settings: Settings) -> OpenAPIConfig | None:
    """How the document is made; None where the settings close it."""
    if not settings.docs:
        return None
    return OpenAPIConfig(
        title="Naparnik",
        version=VERSION,
        description=_ABOUT,
        path="/docs",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        servers=[Server(url="/")],
        components=Components(
            security_schemes={
                "agent": SecurityScheme(type="http", scheme="bearer", description="An agent's token, `npa_…`."),
                "key": SecurityScheme(type="http", scheme="bearer", description="An access key, `npp_…`."),
                "proof": SecurityScheme(
                    type="apiKey",
                    name="DPoP",
                    security_scheme_in="header",
                    description="Proof of possession by the device's key (RFC 9449).",
                ),
            }
        ),
        render_plugins=[
            SwaggerRenderPlugin(
                js_url="/docs/assets/swagger-ui-bundle.js",
                css_url="/docs/assets/swagger-ui.css",
                standalone_preset_js_url="/docs/assets/swagger-ui-standalone-preset.js",
                path="/",
            ),
            _Document(),
        ],
    )
