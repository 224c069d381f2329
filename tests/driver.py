"""The driver: every verb by which a test uses the product from outside, over HTTP and its command line."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import httpx
import msgspec

from tests.calls import Calls, until
from tests.device import Device

ASSET = "BON"
CURRENCY = "RUB"
PROGRAM = "The drivers' program"


class NotBuilt(Exception):
    """The part of the product that a verb speaks to does not exist yet."""


class Campaign(msgspec.Struct, frozen=True):
    """A campaign for the packaging codes of a product of its own."""

    id: str
    program_id: str
    product_id: str


class Agent(msgspec.Struct, frozen=True):
    """Somebody who earns: his id, his alias and his phone."""

    id: str
    alias: str
    device: Device


class Wallet(msgspec.Struct, frozen=True):
    """What an agent has in one asset."""

    pending_minor: int = 0
    available_minor: int = 0
    reserved_minor: int = 0
    debt_minor: int = 0

    @property
    def whole_minor(self) -> int:
        return self.pending_minor + self.available_minor + self.reserved_minor


class Verified(msgspec.Struct, frozen=True):
    """What `naparnik verify` said, and how it ended."""

    status: int
    output: str

    @property
    def holds(self) -> bool:
        return self.status == 0


def an_order(amount_minor: int = 100_000, quantity: int = 1, **more: object) -> dict[str, Any]:
    """An order of one line, under a reference of its own."""
    line = {"ref": "1", "sku": "K-24", "quantity": quantity, "amount_minor": amount_minor}
    return {"order_ref": str(uuid4()), "lines": [line]} | more


def _not_built(what: str) -> Callable[..., Coroutine[Any, Any, NoReturn]]:
    """A verb of a part that does not exist yet."""

    async def verb(*_: object, **__: object) -> NoReturn:
        raise NotBuilt(what)

    return verb


class Driver(Calls):
    """A client with the owner's key; `data` is the folder of a running `naparnik up`, for what has no address."""

    def __init__(self, origin: str, owner_key: str, data: Path | None = None) -> None:
        super().__init__(origin, owner_key)
        self.data = data
        self._program_id = ""

    # What the maker does.

    async def program(self) -> str:
        """The one program of all drivers of an installation: it has room for the code series of 32, and no more."""
        if not self._program_id:
            known = (await self.owner("GET", "/v1/programs"))["programs"]
            mine = next((one for one in known if one["name"] == PROGRAM), None)
            made = mine or await self.owner("POST", "/v1/programs", {"name": PROGRAM, "time_zone": "Europe/Moscow"})
            self._program_id = made["id"]
        return self._program_id

    async def product(self) -> str:
        """A new product."""
        sku = uuid4().hex[:12]
        path = f"/v1/programs/{await self.program()}/products"
        made = await self.owner("POST", path, {"sku": sku, "name_ru": f"Котёл {sku}", "name_en": f"Boiler {sku}"})
        return str(made["id"])

    async def campaign(self, budget_minor: int, bonus_minor: int, wait_seconds: int = 0, **rules: object) -> Campaign:
        """A running campaign that pays so much for a code of its own product; `rules` replaces parts of it."""
        product_id = await self.product()
        effect = {"pay": "fixed", "amount_minor": bonus_minor, "products": [product_id]}
        wanted = {
            "trigger": "code_scanned",
            "asset": ASSET,
            "effects": [effect],
            "eligibility": {"products": [product_id]},
            "wait_seconds": wait_seconds,
        }
        path = f"/v1/programs/{await self.program()}/campaigns"
        made = await self.owner("POST", path, {"name": f"C {product_id}", "rules": wanted | rules})
        if budget_minor:
            await self.top_up(made["id"], budget_minor)
        await self.owner("POST", f"/v1/campaigns/{made['id']}/activate")
        return Campaign(made["id"], await self.program(), product_id)

    async def promo_campaign(self, budget_minor: int, discount_budget_minor: int, **rules: object) -> Campaign:
        """A running campaign for promo codes that gives 5 % off and 3 % to the agent; `rules` replaces parts of it."""
        product_id = await self.product()
        wanted = {
            "trigger": "promo_redeemed",
            "asset": ASSET,
            "discounts": [{"off": "percent", "basis_points": 500}],
            "effects": [{"pay": "percent", "basis_points": 300}],
            "rates": {CURRENCY: {"asset_minor": 1, "currency_minor": 1}},
            "wait_seconds": 0,
        }
        path = f"/v1/programs/{await self.program()}/campaigns"
        made = await self.owner("POST", path, {"name": f"P {product_id}", "rules": wanted | rules})
        for asset, minor in ((ASSET, budget_minor), (CURRENCY, discount_budget_minor)):
            if minor:
                await self.top_up(made["id"], minor, asset=asset)
        await self.owner("POST", f"/v1/campaigns/{made['id']}/activate")
        return Campaign(made["id"], await self.program(), product_id)

    async def top_up(self, campaign_id: str, amount_minor: int, asset: str = ASSET) -> Any:
        """Let a campaign spend so much more."""
        body = {"amount_minor": amount_minor, "asset": asset}
        return await self.owner("POST", f"/v1/campaigns/{campaign_id}/budget", body)

    async def spent(self, campaign: Campaign, asset: str = ASSET) -> int:
        """What a campaign has spent so far."""
        found = await self.owner("GET", f"/v1/campaigns/{campaign.id}")
        return int(next(budget["spent_minor"] for budget in found["budgets"] if budget["asset"] == asset))

    async def mint(self, n: int, campaign: Campaign) -> list[str]:
        """So many new codes of a campaign's product, on sale."""
        batch_id = await self.batch(n, campaign)
        codes = await self.codes(batch_id)
        await self.activate(batch_id)
        return codes

    async def batch(self, n: int, campaign: Campaign) -> str:
        """A batch of so many codes, sealed and not on sale yet."""
        path = f"/v1/programs/{campaign.program_id}/batches"
        batch = await self.owner("POST", path, {"product_id": campaign.product_id, "count": n})
        await until(lambda: self.owner("GET", f"/v1/jobs/{batch['job_id']}"), lambda job: job["state"] == "done")
        return str(batch["id"])

    async def codes(self, batch_id: str) -> list[str]:
        """The codes of a batch, as its printer gets them."""
        path = f"/v1/print-orders/{await self.print_order(batch_id)}"
        await self.owner("POST", f"{path}/downloads")
        answer = await self.call("GET", f"{path}/codes.txt", token=self.owner_key)
        return [code for code in answer.raise_for_status().text.split() if "-" not in code]

    async def print_order(self, batch_id: str, **details: object) -> str:
        """The print order of a whole batch, made if there is none yet."""
        path = f"/v1/batches/{batch_id}/print-orders"
        known = (await self.owner("GET", path))["print_orders"]
        order = known[0] if known else await self.owner("POST", path, {"printer": "test"} | details)
        return str(order["id"])

    async def activate(self, batch_id: str) -> Any:
        """Put a batch on sale."""
        body = {"first": 0, "state": "active", "reason": "test"}
        return await self.owner("POST", f"/v1/batches/{batch_id}/ranges", body)

    async def pos(self, shop: str) -> str:
        """The key of a new till in a shop of that code."""
        made = await self.owner("POST", f"/v1/programs/{await self.program()}/shops", {"code": shop, "name": shop})
        return await self.staff(made["id"], "terminal")

    async def staff(self, shop: str | None, role: str) -> str:
        """A key of that role, confined to a shop by its id, else to the program."""
        body = {"name": f"{role} {uuid4()}", "role": role, "program_id": await self.program(), "shop_id": shop}
        made = await self.owner("POST", "/v1/keys", body)
        return str(made["token"])

    async def capture(self, spend_id: str, key: str | None = None) -> httpx.Response:
        """Take what was set aside, by a till's key or the owner's."""
        return await self.call("POST", f"/v1/spends/{spend_id}/capture", token=key or self.owner_key)

    # What an agent does.

    async def agent(self) -> Agent:
        """A new agent with one phone."""
        device = Device()
        answer = await self.call("POST", "/v1/agents", {"public_key": device.public_key, "device_name": "test"})
        enrolled = answer.raise_for_status().json()
        device.token = enrolled["token"]
        return Agent(enrolled["agent_id"], enrolled["alias"], device)

    async def scan(self, agent: Agent, code: str, key: str | None = None) -> httpx.Response:
        """Claim a code."""
        return await self.call("POST", "/v1/scans", {"code": code}, token=agent.device.token, key=key)

    async def scan_batch(self, agent: Agent, codes: list[str]) -> httpx.Response:
        """Claim up to 500 codes at once, as a phone does that was offline; a code is its own id."""
        body = {"scans": [{"id": code, "code": code} for code in codes]}
        return await self.call("POST", "/v1/scans/batch", body, token=agent.device.token)

    async def wallet(self, agent: Agent) -> Wallet:
        """What he has."""
        answer = await self.call("GET", "/v1/wallet", token=agent.device.token)
        balances = answer.raise_for_status().json()["balances"]
        found = [balance for balance in balances if balance["asset"] == ASSET]
        return msgspec.convert(found[0], Wallet) if found else Wallet()

    async def journal(self, agent: Agent) -> list[dict[str, Any]]:
        """All that he was told, the newest first."""
        entries: list[dict[str, Any]] = []
        while page := await self._journal_page(agent, before=entries[-1]["id"] if entries else None):
            entries += page
        return entries

    async def spend(self, agent: Agent, amount: int, key: str | None = None) -> httpx.Response:
        """Set so many minor units aside, signed by his phone."""
        body = {"amount_minor": amount, "asset": ASSET, "purpose": "test"}
        return await self.call("POST", "/v1/spends", body, token=agent.device.token, key=key, device=agent.device)

    async def promo_new(self, agent: Agent, campaign: Campaign | None = None, text: str | None = None) -> str:
        """A new promo code of his, for the first offer that there is unless a campaign is named."""
        token = agent.device.token
        if campaign is None:
            offers = (await self.call("GET", "/v1/offers", token=token)).raise_for_status().json()["offers"]
            campaign_id = offers[0]["campaign_id"]
        else:
            campaign_id = campaign.id
        body = {"campaign_id": campaign_id, "text": text}
        answer = await self.call("POST", "/v1/promo-codes", body, token=token)
        return str(answer.raise_for_status().json()["text"])

    # What a till does.

    async def promo_redeem(self, pos: str, promo: str, order: dict[str, Any], key: str | None = None) -> httpx.Response:
        """Redeem a promo code for an order, at once or after it was reserved."""
        return await self.call("POST", "/v1/orders/redemptions", order | {"codes": [promo]}, token=pos, key=key)

    async def order_refund(
        self, pos: str, order: dict[str, Any], lines: dict[str, int] | None = None, ref: str | None = None
    ) -> httpx.Response:
        """Take so many pieces of each line back, without lines everything that is left."""
        back = [{"ref": line, "quantity": quantity} for line, quantity in (lines or {}).items()]
        body = {"order_ref": order["order_ref"], "return_ref": ref or str(uuid4()), "lines": back}
        return await self.call("POST", "/v1/orders/returns", body, token=pos)

    async def receipt(self, agent: Agent, payload: dict[str, Any] | str, key: str | None = None) -> httpx.Response:
        """Hand in a receipt: the text of its code, or a body with `text`, `fields` or `document`."""
        body = {"text": payload} if isinstance(payload, str) else payload
        return await self.call("POST", "/v1/receipts", body, token=agent.device.token, key=key)

    customer = _not_built("customer keys")

    # What happens by itself.

    async def advance_jobs(self) -> None:
        """Wait until the workers have nothing left to do: nothing queued, nothing due."""
        await until(self._waiting, lambda waiting: not waiting)

    async def settled(self, agent: Agent, whole_minor: int) -> Wallet:
        """His wallet, as soon as all of so much in it is free."""
        return await until(lambda: self.wallet(agent), lambda wallet: wallet.available_minor == whole_minor)

    async def ledger_verify(self) -> Verified:
        """Prove the books by the command line, as whoever runs it does."""
        arguments = [] if self.data is None else ["--data", str(self.data)]
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cli",
            "verify",
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await child.communicate()
        return Verified(child.returncode or 0, output.decode())

    async def _waiting(self) -> dict[str, float]:
        """The gauges of what waits, those that are not zero."""
        text = (await self.http.get("/metrics")).raise_for_status().text
        lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines if name in _WAITING and float(value)}

    async def _journal_page(self, agent: Agent, *, before: int | None) -> list[dict[str, Any]]:
        path = "/v1/journal" if before is None else f"/v1/journal?before={before}"
        answer = await self.call("GET", path, token=agent.device.token)
        page: list[dict[str, Any]] = answer.raise_for_status().json()["entries"]
        return page


_WAITING = {"naparnik_backlog", "naparnik_outbox_lag_seconds"}
