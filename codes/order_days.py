"""Order days: the redemptions of a shop's day, as a table for its books."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from codes.settlement_words import decimal
from core.cells import csv_rows
from core.db import fetch
from programs.installation import find_program
from programs.shops import find_shop

_PAGE: Final = 1_000
_HEAD: Final = ("order_ref", "redeemed_at", "occurred_at", "state", "code", "amount", "discount", "final", "currency")


async def csv_of(shop_id: UUID, day: date) -> AsyncIterator[bytes]:
    """The day's redemptions in their order, by the program's calendar; text in it is no formula."""
    zone = (await find_program((await find_shop(shop_id)).program_id)).zone
    begins = datetime.combine(day, time(), tzinfo=zone)
    ends = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    yield b"\xef\xbb\xbf" + csv_rows([_HEAD])
    after = begins, ""
    while rows := await fetch(_ROWS, shop_id, *after, ends, _PAGE):
        yield csv_rows(
            [
                row["order_ref"],
                row["redeemed_at"].astimezone(zone).isoformat(timespec="seconds"),
                row["occurred_at"].astimezone(zone).isoformat(timespec="seconds"),
                row["state"],
                row["code"] or "",
                decimal(row["final_minor"] + row["discount_minor"]),
                decimal(row["discount_minor"]),
                decimal(row["final_minor"]),
                row["currency"],
            ]
            for row in rows
        )
        last: Any = rows[-1]
        after = last["redeemed_at"], last["order_ref"]


_ROWS: Final = """
SELECT order_ref, redeemed_at, occurred_at, state, (priced ->> 'final_minor')::bigint AS final_minor,
       (priced ->> 'discount_minor')::bigint AS discount_minor, priced ->> 'currency' AS currency,
       (SELECT string_agg(c ->> 'code', ' ') FROM json_array_elements(priced -> 'codes') AS c
        WHERE c ->> 'reason' IS NULL) AS code
FROM promo_order
WHERE shop_id = $1 AND redeemed_at >= $2 AND (redeemed_at, order_ref) > ($2, $3) AND redeemed_at < $4
ORDER BY redeemed_at, order_ref LIMIT $5
"""
