"""Sale news: what agents read of an order of their clients, as far as the campaign of the sale lets them."""

from collections import Counter
from typing import Any, Final

from codes.promo_orders import Kept
from programs.facts import Facts
from programs.snapshot import Snapshot
from programs.told_sales import lines_told, sum_told
from referrals import attributions
from referrals.journal import Entry, JournalKind

# Whoever wants to know of more goods opens the story of the order.
GOODS_MAX: Final = 10


def sale_news(kept: Kept, snapshot: Snapshot) -> list[Entry]:
    """What the agent is told whose client came, and those who had a good claim to the sale and not the best."""
    facts = kept.facts
    shop = snapshot.shops.get(facts.shop_id) if facts.shop_id else None
    shop_name = shop.name if shop else ""
    told: dict[str, Any] = {"code": kept.code, "came_back": facts.is_repeat}
    if facts.tells.shop:
        told["shop"] = shop_name
    came = Entry(
        agent_id=facts.agent_id,
        kind=JournalKind.client_came,
        activity_id=facts.activity_id,
        facts=told | _sum(facts) | _goods(facts, snapshot),
    )
    others = attributions.told_outranked(facts, kept.attributed, shop=shop_name) if kept.attributed else []
    return [came, *others]


def _sum(facts: Facts) -> dict[str, Any]:
    found = sum_told(facts.lines, facts.tells)
    if found is None:
        return {}
    if found.below_minor is None:
        return {"amount_minor": found.from_minor, "asset": found.currency}
    return {"amount_band": [found.from_minor, found.below_minor], "asset": found.currency}


def _goods(facts: Facts, snapshot: Snapshot) -> dict[str, Any]:
    """Names in both languages and pieces, each product once; the till's own word for what the catalogue lacks."""
    pieces = Counter[tuple[Any, str]]()
    for line in lines_told(facts.lines, facts.tells):
        pieces[line.product_id, line.sku] += line.quantity
    if not pieces:
        return {}
    named = []
    for (product_id, sku), quantity in list(pieces.items())[:GOODS_MAX]:
        product = snapshot.products.get(product_id) if product_id else None
        names = (product.name_ru, product.name_en) if product else (sku, sku)
        named.append({"ru": names[0] or sku, "en": names[1] or sku, "quantity": quantity})
    return {"goods": named, "goods_more": len(pieces) - len(named)}
