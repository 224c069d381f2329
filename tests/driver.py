"""The driver: every verb by which a test uses the product from outside, over HTTP and its command line.

It needs a running installation and an owner's key, and nothing else of this suite; the repository's root has to be
importable:

    naparnik up --no-demo --data DIR --port 8000 --api 2 --workers 2
    naparnik keys create --role owner --name checker --data DIR

    async with Driver("http://127.0.0.1:8000", "npp_…", Path("DIR")) as driver:
        campaign = await driver.campaign(budget_minor=50_000, bonus_minor=100)
        [code] = await driver.mint(1, campaign)
        agent = await driver.agent()
        answer = await driver.scan(agent, code)
        await driver.advance_jobs()
        assert (await driver.wallet(agent)).available_minor == 100

The origin has to be the one that the installation was told, since devices sign it. A driver is one network address, so
whoever enrols crowds starts the installation with a higher NAPARNIK_ENROLMENTS_PER_ADDRESS_HOUR.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec

from tests.calls import until
from tests.device import Device
from tests.maker import ASSET, CURRENCY, Campaign, Maker, Person

__all__ = [
    "ASSET",
    "CURRENCY",
    "Agent",
    "Campaign",
    "Customer",
    "Driver",
    "NotBuilt",
    "Person",
    "Verified",
    "Wallet",
    "an_order",
]


class NotBuilt(Exception):
    """The part of the product that a verb speaks to does not exist; whoever drives another version may meet it."""


class Agent(msgspec.Struct, frozen=True):
    """Somebody who earns: his id, his alias and his phone."""

    id: str
    alias: str
    device: Device


class Customer(msgspec.Struct, frozen=True):
    """Whoever buys, as a till knows him: his phone, his card, or any word that tells him from others."""

    kind: str
    value: str


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


class Driver(Maker):
    """A client with the owner's key; `data` is the folder of a running `naparnik up`, for what has no address."""

    def __init__(self, origin: str, owner_key: str, data: Path | None = None) -> None:
        super().__init__(origin, owner_key)
        self.data = data

    # What staff and tills do.

    async def capture(self, spend_id: str, key: str | None = None) -> httpx.Response:
        """Take what was set aside, by a till's key or the owner's."""
        return await self.call("POST", f"/v1/spends/{spend_id}/capture", token=key or self.owner_key)

    async def customer(self) -> Customer:
        """Somebody whom nobody has seen before; a till names him by his phone."""
        return Customer("phone", f"+79{uuid4().int % 10**9:09}")

    async def promo_redeem(
        self,
        pos: str,
        promo: str | None,
        order: dict[str, Any],
        key: str | None = None,
        customer: Customer | None = None,
    ) -> httpx.Response:
        """Redeem a promo code for an order, at once or after it was reserved; without one a known customer may do."""
        whose = {} if customer is None else {"customer": msgspec.structs.asdict(customer)}
        body = order | {"codes": [] if promo is None else [promo]} | whose
        return await self.call("POST", "/v1/orders/redemptions", body, token=pos, key=key)

    async def order_refund(
        self, pos: str, order: dict[str, Any], lines: dict[str, int] | None = None, ref: str | None = None
    ) -> httpx.Response:
        """Take so many pieces of each line back, without lines everything that is left."""
        back = [{"ref": line, "quantity": quantity} for line, quantity in (lines or {}).items()]
        body = {"order_ref": order["order_ref"], "return_ref": ref or str(uuid4()), "lines": back}
        return await self.call("POST", "/v1/orders/returns", body, token=pos)

    async def voucher_give(self, pos: str, voucher: str, key: str | None = None) -> httpx.Response:
        """Say that the service of a voucher was given."""
        return await self.call("POST", "/v1/vouchers/give", {"voucher": voucher}, token=pos, key=key)

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

    async def receipt(
        self,
        agent: Agent,
        payload: dict[str, Any] | str | bytes,
        key: str | None = None,
        media_type: str = "image/jpeg",
        program_id: str | None = None,
    ) -> httpx.Response:
        """Hand in a receipt: a photo, the text of its code, or a body with `text`, `fields` or `document`."""
        named = {} if program_id is None else {"program_id": program_id}
        if not isinstance(payload, bytes):
            body = {"text": payload} if isinstance(payload, str) else payload
            return await self.call("POST", "/v1/receipts", body | named, token=agent.device.token, key=key)
        headers = {"Authorization": f"Bearer {agent.device.token}", "Content-Type": media_type}
        headers["Idempotency-Key"] = key or str(uuid4())
        return await self.http.post("/v1/receipts", content=payload, params=named, headers=headers)

    async def reward_order(self, agent: Agent, reward_id: str, key: str | None = None) -> httpx.Response:
        """Buy something for bonuses, signed by his phone."""
        body = {"reward_id": reward_id}
        return await self.call(
            "POST", "/v1/reward-orders", body, token=agent.device.token, key=key, device=agent.device
        )

    async def reward_secret(self, agent: Agent, order_id: str) -> httpx.Response:
        """What he bought: the code of a card, or the voucher of a service."""
        path = f"/v1/reward-orders/{order_id}/secret"
        return await self.call("GET", path, token=agent.device.token, device=agent.device)

    # What happens by itself.

    async def advance_jobs(self) -> None:
        """Wait until the workers have nothing left to do: nothing queued, no job, no news, no money that is due."""
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


_WAITING = {"naparnik_backlog", "naparnik_jobs_open", "naparnik_outbox_lag_seconds", "naparnik_overdue"}
