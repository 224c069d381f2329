"""Coupon lists: the promo codes that a shop may take without asking, with what they give, signed for its tills."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from codes.promo_offers import is_running, lets_in, promo_offer
from codes.promo_text import ean13
from core import keys
from core.cells import csv_rows
from core.db import fetch, fetch_row
from core.epoch import current_epoch
from core.refusals import NotFound
from programs.campaign import Campaign
from programs.discounts import AmountOff, Discount, PercentOff, PerItemOff
from programs.rules import Limit, Offline
from programs.snapshot import Shop, Snapshot, current_snapshot

PAGE_MAX: Final = 10_000
# A list that is older than this says too little of what is still good.
_USED_FOR: Final = timedelta(days=3)
_PURPOSE: Final = "coupon list"
_CURSOR: Final = re.compile(
    r"([0-9a-f]{32})\.([0-9]{1,18})\.([0-9]{1,18})\.([0-9]{1,18})\.([0-9]{1,18})\.([0-9a-f]{32})"
)


class Off(msgspec.Struct, frozen=True):
    """A discount in short: a share or an amount of the whole or of each piece, for some articles or for all."""

    kind: str
    basis_points: int | None = None
    amount_minor: int | None = None
    cap_minor: int | None = None
    skus: list[str] = []


class ListedOffer(msgspec.Struct, frozen=True):
    """A campaign that the shop takes part in, and what its tills may do on their own."""

    campaign_id: UUID
    headline_ru: str
    headline_en: str
    sentence_ru: str
    sentence_en: str
    off: list[Off]
    limits: tuple[Limit, ...]
    offline: Offline
    offline_window_days: int
    starts_at: datetime | None
    ends_at: datetime | None


class ListedCode(msgspec.Struct, frozen=True):
    """A promo code as it is typed and as its bars say it; one that is not live gives nothing any more."""

    code: str
    bars: str
    campaign_id: UUID
    live: bool


class CouponList(msgspec.Struct, frozen=True):
    """The offers of a shop, whole, and the codes that are new or changed behind the cursor that was asked for.

    A till that asked without a cursor, or with one that is `reset`, forgets all other codes. `more` says that there is
    another page.
    """

    shop_id: UUID
    made_at: datetime
    use_until: datetime
    currency: str
    offers: list[ListedOffer]
    codes: list[ListedCode]
    reset: bool
    more: bool
    cursor: str
    tag: str


class _Cursor(msgspec.Struct, frozen=True):
    """Where a till stands: at which rules, since when, and behind which code."""

    epoch: str
    rules: int
    catalogue: int
    base: int
    changed_in: int
    id: UUID

    def __str__(self) -> str:
        return f"{self.epoch}.{self.rules}.{self.catalogue}.{self.base}.{self.changed_in}.{self.id.hex}"


async def coupons(shop_id: UUID, *, cursor: str | None = None, limit: int = PAGE_MAX) -> CouponList:
    """A page of a shop's list. A change of rules, shops or products begins it anew. NotFound."""
    snapshot = await current_snapshot(age_seconds_max=0)
    shop = snapshot.shops.get(shop_id)
    if shop is None:
        raise NotFound
    seen = await fetch_row("SELECT now(), pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon")
    if seen is None:
        raise RuntimeError("PostgreSQL does not tell the time")
    now, horizon = seen["now"], seen["horizon"]
    campaigns = [one for one in snapshot.campaigns.values() if _is_open(one, shop, now)]
    from_here = await _from(cursor, snapshot, horizon)
    rows = await _codes(shop.program_id, [one.id for one in campaigns], from_here, horizon=horizon, limit=limit)
    last = rows[-1] if len(rows) == limit else None
    behind = msgspec.structs.replace(
        from_here,
        changed_in=last["changed_in"] if last else max(horizon - 1, from_here.changed_in),
        id=last["id"] if last else UUID(int=2**128 - 1),
    )
    return CouponList(
        shop_id=shop_id,
        made_at=now,
        use_until=now + _USED_FOR,
        currency=snapshot.programs[shop.program_id].currency,
        offers=[_offer(one, snapshot, now) for one in campaigns],
        codes=[_listed(row) for row in rows],
        reset=from_here.changed_in == -1,
        more=last is not None,
        cursor=str(behind),
        tag=await _tag(shop, campaigns, from_here),
    )


def as_csv(found: CouponList) -> bytes:
    """The same for a till that reads tables: one code a row, with the offer in words."""
    offers = {one.campaign_id: one for one in found.offers}
    head = ("code", "bars", "offer_ru", "offer_en", "ends_at", "live")
    rows = (
        (
            one.code,
            one.bars,
            offers[one.campaign_id].sentence_ru,
            offers[one.campaign_id].sentence_en,
            _moment(offers[one.campaign_id].ends_at),
            "1" if one.live else "0",
        )
        for one in found.codes
    )
    return csv_rows([head, *rows])


def signature(content: bytes) -> bytes:
    """Our own Ed25519 signature over a list as it is sent."""
    return _key().sign(content)


def public_key() -> bytes:
    """What tills prove lists with; it stays as long as the master key's first version does."""
    return _key().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keys.derive(_PURPOSE))


def _is_open(campaign: Campaign, shop: Shop, now: datetime) -> bool:
    version = campaign.version_at(now)
    return (
        campaign.program_id == shop.program_id
        and is_running(campaign, now)
        and bool(version.rules.discounts)
        # Who is in a segment now a list of yesterday cannot tell: a till asks for such codes.
        and not version.rules.segments
        and all(lets_in(condition, shop) for condition in version.conditions)
    )


async def _from(cursor: str | None, snapshot: Snapshot, horizon: int) -> _Cursor:
    """Where to go on; at the beginning where nothing was asked for, or what was is of another time."""
    epoch, revision = (await current_epoch()).hex, snapshot.revision
    found = _CURSOR.fullmatch(cursor or "")
    if found is not None and (found[1], int(found[2]), int(found[3])) == (epoch, revision.rules, revision.catalogue):
        return _Cursor(epoch, *revision, int(found[4]), int(found[5]), UUID(found[6]))
    return _Cursor(epoch, *revision, horizon, -1, UUID(int=0))


async def _codes(
    program_id: UUID, campaign_ids: Sequence[UUID], begin: _Cursor, *, horizon: int, limit: int
) -> list[Any]:
    """Codes by the transaction that changed them. What is not committed for sure yet is left for the next time.

    Whoever begins a list is told of live codes alone, as they stood when he began.
    """
    return await fetch(
        """SELECT id, text, number, campaign_id, state, changed_in FROM promo_code
           WHERE program_id = $1 AND (changed_in, id) > ($3, $4) AND changed_in < $5 AND campaign_id = ANY($2)
             AND (state = 'active' OR changed_in >= $6)
           ORDER BY changed_in, id LIMIT $7""",
        program_id,
        list(campaign_ids),
        begin.changed_in,
        begin.id,
        horizon,
        begin.base,
        limit,
    )


async def _tag(shop: Shop, campaigns: Sequence[Campaign], begin: _Cursor) -> str:
    """What stays the same as long as the list does, so that nobody reads it twice."""
    last = await fetch_row(
        "SELECT changed_in FROM promo_code WHERE program_id = $1 ORDER BY changed_in DESC, id DESC LIMIT 1",
        shop.program_id,
    )
    told = "|".join(
        [str(shop.id), str(begin), str(last and last["changed_in"]), *sorted(str(one.id) for one in campaigns)]
    )
    return keys.pseudonym(told, "coupon list tag").hex()[:32]


def _offer(campaign: Campaign, snapshot: Snapshot, now: datetime) -> ListedOffer:
    version = campaign.version_at(now)
    rules = version.rules
    ru, en = (promo_offer(campaign, snapshot, language=language, now=now) for language in ("ru", "en"))
    return ListedOffer(
        campaign_id=campaign.id,
        headline_ru=ru.headline,
        headline_en=en.headline,
        sentence_ru=ru.sentence,
        sentence_en=en.sentence,
        off=[_off(discount, snapshot) for discount in rules.discounts],
        limits=rules.limits,
        offline=rules.offline,
        offline_window_days=rules.offline_window_days,
        starts_at=version.opens_at if rules.eligibility.starts_on else None,
        ends_at=version.closes_at if rules.eligibility.ends_on else None,
    )


def _off(discount: Discount, snapshot: Snapshot) -> Off:
    skus = sorted(_skus(discount, snapshot))
    match discount:
        case PercentOff():
            return Off("percent", basis_points=discount.basis_points, cap_minor=discount.cap_minor, skus=skus)
        case AmountOff():
            return Off("amount", amount_minor=discount.amount_minor, cap_minor=discount.cap_minor, skus=skus)
        case PerItemOff():
            return Off("per_item", amount_minor=discount.amount_minor, cap_minor=discount.cap_minor, skus=skus)
    raise TypeError(f"{type(discount).__name__} has no short form yet")


def _skus(discount: Discount, snapshot: Snapshot) -> Iterator[str]:
    return (snapshot.products[one].sku for one in discount.products if one in snapshot.products)


def _listed(row: Any) -> ListedCode:
    return ListedCode(row["text"], ean13(row["number"]), row["campaign_id"], row["state"] == "active")


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
