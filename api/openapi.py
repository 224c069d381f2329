"""The OpenAPI document and its page, served from this machine alone."""

from pathlib import Path

import swagger_ui_bundle
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Server

from core.settings import Settings

VERSION = "0.1.0"
ASSETS = Path(swagger_ui_bundle.swagger_ui_path)
Security = list[dict[str, list[str]]]

AGENT: Security = [{"agent": []}]
KEY: Security = [{"key": []}]
AGENT_PROOF: Security = [{"agent": [], "proof": []}]

_ABOUT = """Evidence in, money out, once, and nobody needs to know who you are.

Amounts are whole minor units with their asset; times are RFC 3339 in UTC. Refusals are problem+json (RFC 9457) with a
stable `slug`. Writes take an `Idempotency-Key`: the same key and body get the same answer, byte for byte, for a week.
"""


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
            JsonRenderPlugin(),
        ],
    )
