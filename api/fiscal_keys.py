"""Fiscal keys over HTTP: whose signatures on receipts are believed, by a person's word."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery
from msgspec import Meta

from api.callers import Scoped, holder
from api.confines import READS, WRITES, everywhere
from api.cursors import Limit, next_page
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from core.access import Scope
from core.text import Name
from receipts import signers
from receipts.fiscal.certificates import PUBLIC_BYTES_MAX
from receipts.signers import FiscalKeyUnreadable, PinnedKey

_EXAMPLE = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7Ltk"
    "BoN79R9Q=="
)


class FiscalKeyToPin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signer of a format, the serial of a certificate in Austria, a till's client id in Germany, and his key.

    The key is a certificate or a public key, as base64 of DER.
    """

    format: Literal["at", "de"]
    signer: Name
    key: Annotated[str, Meta(min_length=1, max_length=PUBLIC_BYTES_MAX)]


class FiscalKeys(msgspec.Struct, frozen=True):
    """Keys by their signers, pinned or met; `after` asks for those behind this page."""

    keys: list[PinnedKey]
    after: UUID | None


@put(
    "/v1/fiscal-keys",
    guards=[Scoped(Scope.keys_write)],
    security=KEY,
    tags=["receipts"],
    operation_id="pin_fiscal_key",
    status_code=200,
    responses={200: ResponseSpec(PinnedKey, generate_examples=False, description="The key as it is pinned now.")}
    | refuses(*WRITES, FiscalKeyUnreadable),
)
async def pin_fiscal_key(
    request: Request[Any, Any, Any],
    data: Annotated[FiscalKeyToPin, like(format="at", signer="1a2b3c4d", key=_EXAMPLE)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Vouch for a signer's key, whatever was met before: his receipts are `signed`, and no other key's are."""
    everywhere(request)
    by = holder(request).who
    return await once(request, lambda: signers.pin_encoded(data.format, data.signer, data.key, by=by), status=200)


@get(
    "/v1/fiscal-keys",
    guards=[Scoped(Scope.operations_read)],
    security=KEY,
    tags=["receipts"],
    operation_id="list_fiscal_keys",
    responses=refuses(*READS),
)
async def list_fiscal_keys(
    request: Request[Any, Any, Any], *, after: FromQuery[UUID | None] = None, limit: Limit = 100
) -> FiscalKeys:
    """The keys that receipts are proven by."""
    everywhere(request)
    page = await signers.listed(after=after, limit=limit)
    return FiscalKeys(page, next_page(page, limit, cursor=lambda one: one.id))


ROUTES = [pin_fiscal_key, list_fiscal_keys]
