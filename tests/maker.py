"""The maker in the drivers' hands: a program with products, campaigns, codes, shops, staff and rewards."""

import re
from typing import Any, Final
from uuid import uuid4

import msgspec

from tests.calls import Calls, until

ASSET = "BON"
CURRENCY = "RUB"
PROGRAM = "The drivers' program"
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Campaign(msgspec.Struct, frozen=True):
    """A campaign for the packaging codes of a product of its own."""

    id: str
    program_id: str
    product_id: str


class Person(msgspec.Struct, frozen=True):
    """Somebody of the staff, with what he logs in to the pages by."""

    id: str
    login: str
    password: str


class Maker(Calls):
    """Whoever holds the owner's key; what is made belongs to one program of all drivers of an installation."""

    def __init__(self, origin: str, owner_key: str) -> None:
        super().__init__(origin, owner_key)
        self._program_id = ""

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

    async def shop(self, code: str) -> str:
        """The id of the shop of that code."""
        made = await self.owner("POST", f"/v1/programs/{await self.program()}/shops", {"code": code, "name": code})
        return str(made["id"])

    async def pos(self, shop: str) -> str:
        """The key of a new till in a shop."""
        return await self.staff(shop, "terminal")

    async def staff(self, shop: str | None, role: str) -> str:
        """A key of that role, confined to a shop by its code or its id, else to the program."""
        body = {"name": f"{role} {uuid4()}", "role": role} | await self._place(shop)
        return str((await self.owner("POST", "/v1/keys", body))["token"])

    async def person(self, shop: str | None, role: str) -> Person:
        """Somebody who logs in to the pages of the staff: a cashier of a shop, everybody else of the program."""
        body = {"login": f"p{uuid4().hex[:12]}", "name": f"A {role}", "role": role} | await self._place(shop)
        hired = await self.owner("POST", "/v1/staff", body | {"changes_password": False})
        return Person(hired["staff"]["id"], hired["staff"]["login"], hired["password"])

    async def gift_card(self, *codes: str, price_minor: int = 500) -> str:
        """A gift card on offer, by its id, with these codes of a partner's in stock."""
        reward_id = await self._reward({"kind": "gift_card", "price_minor": price_minor})
        sheet = "\n".join(["code", *codes]).encode()
        headers = {"Authorization": f"Bearer {self.owner_key}", "Content-Type": "text/csv"}
        headers["Idempotency-Key"] = str(uuid4())
        (await self.http.post(f"/v1/rewards/{reward_id}/cards", content=sheet, headers=headers)).raise_for_status()
        return reward_id

    async def service(self, price_minor: int = 500, valid_days: int = 30) -> str:
        """A service on offer, by its id, which any shop of the program gives for its voucher."""
        return await self._reward({"kind": "entitlement", "price_minor": price_minor, "valid_days": valid_days})

    async def _place(self, shop: str | None) -> dict[str, str | None]:
        """What a key or a person is confined to."""
        known_by_id = shop is None or _ID.fullmatch(shop)
        return {"program_id": await self.program(), "shop_id": shop if known_by_id else await self.shop(str(shop))}

    async def _reward(self, details: dict[str, object]) -> str:
        body = {"name_ru": f"Награда {uuid4().hex[:8]}", "name_en": f"Reward {uuid4().hex[:8]}"} | details
        made = await self.owner("POST", f"/v1/programs/{await self.program()}/rewards", body)
        await self.owner("PATCH", f"/v1/rewards/{made['id']}", {"state": "active"})
        return str(made["id"])
