"""The till's page behind the scenes: a cashier sells by a code and undoes it within his shift; the day's list."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from codes import checkout, order_returns, promo_codes, shifts
from codes.order_returns import Return
from codes.orders import Order
from codes.promo_orders import OrderView, stored
from core import audit
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from programs.staff import StaffHolder
from referrals.buyers import Buyer

DAY_SALES_MAX = 2_000


class NotInShift(Conflict):
    slug = "not_in_shift"
    title = "Only what was sold in one's own open shift is undone here"


class Sale(msgspec.Struct, frozen=True):
    """A sale as the shop's list shows it; `occurred_at` is earlier where it was entered from paper."""

    id: UUID
    shift_id: UUID
    cashier: str
    at: datetime
    occurred_at: datetime
    order: OrderView
    # What was sold, line by line, as it was typed or scanned.
    goods: tuple[str, ...]
    undone_at: datetime | None

    @property
    def codes(self) -> str:
        return " ".join(one.code for one in self.order.codes)


async def sell(
    order: Order, *, cashier: StaffHolder, shop_id: UUID, customer: Buyer | None, occurred_at: datetime | None = None
) -> UUID:
    """Redeem an order and write it into the cashier's shift; the same order again is the same sale.

    Raises what `checkout.redeem` does, and ShiftNeeded.
    """
    async with transaction(adoptable=True) as now:
        shift = await shifts.held(cashier.id)
        await checkout.redeem(order, shop_id=shop_id, customer=customer, occurred_at=occurred_at)
        await execute(
            """INSERT INTO till_sale (id, shift_id, shop_id, order_ref, at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (shop_id, order_ref) DO NOTHING""",
            uuid7(),
            shift.id,
            shop_id,
            order.order_ref,
            now,
        )
        sale_id: UUID = await fetch_value(
            "SELECT id FROM till_sale WHERE shop_id = $1 AND order_ref = $2", shop_id, order.order_ref
        )
        return sale_id


async def undo(sale_id: UUID, *, cashier: StaffHolder, shop_id: UUID) -> None:
    """Take back everything that is left of a sale of one's own open shift; once more changes nothing.

    Raises ShiftNeeded, NotInShift, NotFound.
    """
    async with transaction(adoptable=True):
        shift = await shifts.held(cashier.id)
        row = await fetch_row(
            "SELECT shift_id, order_ref FROM till_sale WHERE id = $1 AND shop_id = $2", sale_id, shop_id
        )
        if row is None:
            raise NotFound
        if row["shift_id"] != shift.id:
            raise NotInShift
        await order_returns.take_back(Return(row["order_ref"], f"undo/{sale_id}"), shop_id=shop_id)
        undone = await execute("UPDATE till_sale SET undone_at = now() WHERE id = $1 AND undone_at IS NULL", sale_id)
        if undone == "UPDATE 1":
            await audit.record(cashier.who, "sale.undo", sale_id=sale_id, shop_id=shop_id)


async def find_sale(sale_id: UUID, *, shop_id: UUID) -> Sale:
    """A sale of the shop."""
    row = await fetch_row(f"{_SALES} WHERE s.id = $1 AND s.shop_id = $2", sale_id, shop_id)
    if row is None:
        raise NotFound
    return _sale(row)


async def sales_between(shop_id: UUID, since: datetime, until: datetime) -> list[Sale]:
    """What the shop's cashiers entered from one moment to another, the latest first."""
    rows = await fetch(
        f"{_SALES} WHERE s.shop_id = $1 AND s.at >= $2 AND s.at < $3 ORDER BY s.at DESC LIMIT {DAY_SALES_MAX}",
        shop_id,
        since,
        until,
    )
    return [_sale(row) for row in rows]


async def is_working(code: str, *, program_id: UUID) -> bool:
    """Whether a text is a promo code of the program that was neither paused nor archived."""
    found = (await promo_codes.found([code])).get(code)
    return found is not None and found.program_id == program_id and found.state == "active"


async def names_of(program_id: UUID, said: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    """What goods are called, in Russian and English, by the SKU or GTIN that was typed or scanned."""
    rows = await fetch(
        """SELECT said, name_ru, name_en FROM unnest($2::text[]) AS said
           JOIN product p ON p.program_id = $1 AND p.sku = said
           UNION ALL SELECT said, name_ru, name_en FROM unnest($2::text[]) AS said
           JOIN product_gtin g ON g.program_id = $1 AND g.gtin = lpad(said, 14, '0') AND length(said) <= 14
           JOIN product p ON p.id = g.product_id""",
        program_id,
        list(said),
    )
    return {row["said"]: (row["name_ru"], row["name_en"]) for row in reversed(rows)}


_SALES = """
SELECT s.id, s.shift_id, p.name AS cashier, s.at, s.undone_at,
       o.occurred_at, o."order" AS asked, o.priced, o.state, o.expires_at, o.redeemed_at
FROM till_sale s
JOIN till_shift t ON t.id = s.shift_id
JOIN staff p ON p.id = t.staff_id
JOIN promo_order o ON o.shop_id = s.shop_id AND o.order_ref = s.order_ref"""


def _sale(row: Any) -> Sale:
    asked = _order_decoder.decode(row["asked"])
    return Sale(
        id=row["id"],
        shift_id=row["shift_id"],
        cashier=row["cashier"],
        at=row["at"],
        occurred_at=row["occurred_at"],
        order=stored(row),
        goods=tuple(line.sku for line in asked.lines),
        undone_at=row["undone_at"],
    )


_order_decoder = msgspec.json.Decoder(Order)
