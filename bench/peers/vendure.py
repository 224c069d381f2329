"""The peer's side: Vendure with PostgreSQL, asked through its own GraphQL by customers with an anonymous basket."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import msgspec

from bench.installation import HOST, Installation
from bench.load import Address
from bench.peers.asking import Ask
from bench.peers.vendure_install import node
from cli import postgres
from cli.child import Process, has_ended, log_tail, spawn, stop
from cli.embedded import Servers
from cli.listener import listen

_DATABASE = "vendure"
_PATH = "/shop-api"
_TOKEN = "vendure-auth-token"  # noqa: S105 - the name of a header.
_READY_SECONDS_MAX = 120.0
_AT_ONCE = 8
# For so long each server goes on with the channel and the zones that it knew.
_REMEMBERED_SECONDS = 31.0
_PRICE_MINOR = 33_333
_USES_MAX = 10**6

_REFUSED = "... on ErrorResult { errorCode message }"
_FILL = f"""mutation ($variant: ID!) {{
    addItemToOrder(productVariantId: $variant, quantity: 1) {{ __typename {_REFUSED} }}
}}"""
_APPLY = f"applyCouponCode(couponCode: $code) {{ __typename ... on Order {{ totalWithTax }} {_REFUSED} }}"
_VALIDATE = f"mutation ($code: String!) {{ {_APPLY} }}"
# One request: the server runs the three after one another, each in a transaction of its own.
_REDEEM = f"""mutation ($code: String!) {{
    {_APPLY}
    transitionOrderToState(state: "ArrangingPayment") {{ __typename {_REFUSED} }}
    addPaymentToOrder(input: {{method: "bench", metadata: {{}}}}) {{ __typename ... on Order {{ state }} {_REFUSED} }}
}}"""
_PROMOTE = f"""mutation ($code: String!, $uses: Int!) {{ createPromotion(input: {{
    enabled: true, couponCode: $code, usageLimit: $uses, conditions: [],
    actions: [{{code: "order_percentage_discount", arguments: [{{name: "discount", value: "5"}}]}}],
    translations: [{{languageCode: en, name: $code}}]
}}) {{ __typename {_REFUSED} }} }}"""


class Vendure:
    """Its servers behind one port, its worker, and a shop with one product whose stock nobody counts."""

    name = "Vendure"

    def __init__(self, address: Address, database_url: str) -> None:
        self.address = address
        self._database_url = database_url
        origin = f"http://{address[0]}:{address[1]}"
        self._admin = httpx.AsyncClient(base_url=origin, timeout=60)
        self._shop = httpx.AsyncClient(base_url=origin, timeout=60)
        self._variant = ""

    async def stock(self) -> None:
        """What has to stand before anything can be sold: a tax zone, a product, a way to pay."""
        answer = await self._admin.post(
            "/admin-api", json={"query": 'mutation { login(username: "bench", password: "bench") { __typename } }'}
        )
        self._admin.headers["authorization"] = f"Bearer {answer.headers[_TOKEN]}"
        zone = await self._made('createZone(input: {name: "Bench"}) { id }')
        tax = await self._made('createTaxCategory(input: {name: "Bench", isDefault: true}) { id }')
        await self._made(
            'createTaxRate(input: {name: "none", enabled: true, value: 0,'
            f" categoryId: {tax}, zoneId: {zone}}}) {{ id }}"
        )
        await self._made(
            f"updateChannel(input: {{id: 1, defaultTaxZoneId: {zone}, defaultShippingZoneId: {zone}}})"
            " { ... on Channel { id } }"
        )
        product = await self._made(
            "createProduct(input: {enabled: true, translations:"
            ' [{languageCode: en, name: "Boiler", slug: "boiler", description: ""}]}) { id }'
        )
        self._variant = await self._made(
            f'createProductVariants(input: [{{productId: {product}, sku: "BENCH-1", price: {_PRICE_MINOR},'
            f" taxCategoryId: {tax}, trackInventory: FALSE,"
            ' translations: [{languageCode: en, name: "Boiler"}]}]) { id }'
        )
        await self._made(
            'createPaymentMethod(input: {code: "bench", enabled: true, handler: {code: "dummy-payment-handler",'
            ' arguments: [{name: "automaticSettle", value: "true"}]},'
            ' translations: [{languageCode: en, name: "Bench"}]}) { id }'
        )

    async def code_of_many_uses(self) -> str:
        [code] = await self._codes(1, uses_max=_USES_MAX)
        return code

    async def codes_of_one_use(self, count: int) -> list[str]:
        return await self._codes(count, uses_max=1)

    async def validations(self, codes: Sequence[str]) -> list[Ask]:
        return await self._asks(_VALIDATE, codes)

    async def redemptions(self, codes: Sequence[str]) -> list[Ask]:
        return await self._asks(_REDEEM, codes)

    async def redeemed(self) -> int:
        connection = await asyncpg.connect(self._database_url)
        try:
            found: int = await connection.fetchval(
                """SELECT count(*) FROM "order" WHERE state = 'PaymentSettled' AND "couponCodes" <> ''"""
            )
            return found
        finally:
            await connection.close()

    async def close(self) -> None:
        await self._admin.aclose()
        await self._shop.aclose()

    async def _made(self, field: str, **variables: Any) -> str:
        """The id of what one field of a mutation made."""
        answer = await _data(self._admin, "/admin-api", f"mutation {{ {field} }}", variables)
        [made] = answer.values()
        found: str = (made[0] if isinstance(made, list) else made)["id"]
        return found

    async def _codes(self, count: int, *, uses_max: int) -> list[str]:
        codes = [f"BENCH-{uuid4().hex[:12]}" for _ in range(count)]
        for code in codes:
            await _data(self._admin, "/admin-api", _PROMOTE, {"code": code, "uses": uses_max})
        return codes

    async def _asks(self, query: str, codes: Sequence[str]) -> list[Ask]:
        limit = asyncio.Semaphore(_AT_ONCE)

        async def ask(code: str) -> Ask:
            async with limit:
                body = {"query": query, "variables": {"code": code}}
                return Ask(_PATH, await self._basket(), msgspec.Raw(msgspec.json.encode(body)))

        return await asyncio.gather(*map(ask, codes))

    async def _basket(self) -> str:
        """The session of a new customer with the product in his basket."""
        answer = await self._shop.post(_PATH, json={"query": _FILL, "variables": {"variant": self._variant}})
        _refuse_errors(answer)
        return answer.headers[_TOKEN]


@asynccontextmanager
async def running(installation: Installation, folder: Path, *, processes: int) -> AsyncIterator[Vendure]:
    """The peer from its start to its end, on a database of its own in the same server."""
    servers = installation.servers
    connection = await asyncpg.connect(servers.database_owner_url)
    try:
        await connection.execute(f"CREATE DATABASE {_DATABASE}")
    finally:
        await connection.close()
    with listen(HOST, 0) as free:
        address: Address = free.getsockname()
    with _process(servers, folder, "schema", address, processes) as schema:
        await asyncio.to_thread(schema.wait, _READY_SECONDS_MAX)
    with ExitStack() as started:
        serving = started.enter_context(_process(servers, folder, "server", address, processes))
        started.enter_context(_process(servers, folder, "worker", address, processes))
        await _until_it_answers(address, serving, servers.place.log("vendure-server"))
        side = Vendure(address, servers.database_owner_url.replace("/naparnik?", f"/{_DATABASE}?"))
        try:
            await side.stock()
            await asyncio.sleep(_REMEMBERED_SECONDS)
            yield side
        finally:
            await side.close()


@contextmanager
def _process(servers: Servers, folder: Path, role: str, address: Address, processes: int) -> Iterator[Process]:
    words = (str(servers.place.runtime), _DATABASE, postgres.OWNER, str(address[1]), str(processes))
    process = spawn(
        [str(node()), "server.cjs", role, *words],
        log=servers.place.log(f"vendure-{role}"),
        death_signal=signal.SIGKILL,
        environment={"NODE_ENV": "production", "PATH": str(node().parent)},
        folder=folder,
    )
    try:
        yield process
    finally:
        stop(process, by=signal.SIGTERM, seconds=5)


async def _until_it_answers(address: Address, process: Process, log: Path) -> None:
    until = time.monotonic() + _READY_SECONDS_MAX
    async with httpx.AsyncClient(base_url=f"http://{address[0]}:{address[1]}") as client:
        while True:
            try:
                if (await client.get("/health")).is_success:
                    return
            except httpx.TransportError:
                if has_ended(process) or time.monotonic() > until:
                    raise RuntimeError(f"the peer did not start:\n{log_tail(log)}") from None
            await asyncio.sleep(0.2)


async def _data(client: httpx.AsyncClient, path: str, query: str, variables: Any) -> dict[str, Any]:
    answer = await client.post(path, json={"query": query, "variables": variables})
    return _refuse_errors(answer)


def _refuse_errors(answer: httpx.Response) -> dict[str, Any]:
    """The data of an answer; GraphQL tells its errors with status 200."""
    told = answer.json()
    found: dict[str, Any] = told.get("data") or {}
    if "errors" in told or any(isinstance(one, dict) and "errorCode" in one for one in found.values()):
        raise RuntimeError(f"the peer refused: {answer.text[:500]}")
    return found
