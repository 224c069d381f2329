"""A process of its own that redeems orders of customers as soon as it is told to, and says what became of them."""

import asyncio
import sys
from collections import Counter
from uuid import UUID

import msgspec

from codes.checkout import redeem
from codes.promises import OrderRefused
from core import db, keys, peppers, settings
from referrals.buyers import Buyer
from tests.codes.tills import an_order


class Asked(msgspec.Struct):
    shop_id: UUID
    code: str
    words: list[str]


async def main() -> None:
    known = settings.load()
    keys.use(keys.load(known))
    await db.open_pool(known.database_url, size=6)
    await peppers.load()
    print("ready", flush=True)
    asked = msgspec.json.decode(await asyncio.to_thread(sys.stdin.readline), type=Asked)
    became = Counter(await asyncio.gather(*(_one(asked, word) for word in asked.words)))
    print(msgspec.json.encode(became).decode())
    await db.close_pool()


async def _one(asked: Asked, word: str) -> str:
    try:
        await redeem(an_order(asked.code), shop_id=asked.shop_id, customer=Buyer(word))
    except OrderRefused as refused:
        return str(refused.facts["codes"][0]["reason"])
    return "given"


if __name__ == "__main__":
    asyncio.run(main())
