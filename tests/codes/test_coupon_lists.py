import csv
import io

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from codes import promo_codes
from codes.coupon_lists import CouponList, as_csv, coupons, public_key, signature
from core.ids import uuid7
from core.refusals import NotFound
from programs.discounts import PercentOff
from programs.lifecycle import pause
from programs.rules import Eligibility, Offline
from tests.codes.tills import Till, a_promo_campaign, a_shop, a_till
from tests.packs import an_agent
from tests.programs.stored import BY


def told(found: CouponList) -> dict[str, bool]:
    return {one.code: one.live for one in found.codes}


async def another(till: Till) -> str:
    return (await promo_codes.create(await an_agent(), campaign_id=till.campaign_id)).text


async def test_a_shop_gets_its_codes_with_what_they_give_and_who_bears_the_rest(database: None) -> None:
    till = await a_till(offline=Offline(maker_bears_per_till_day=5))

    found = await coupons(till.shop_id)

    [offer] = found.offers
    assert (told(found), found.reset, found.more) == ({till.code: True}, True, False)
    assert (offer.headline_ru, offer.off[0].basis_points, offer.offline.maker_bears_per_till_day) == (
        "−5\u00a0%",
        500,
        5,
    )


async def test_a_cursor_asks_for_what_changed_and_for_nothing_else(database: None) -> None:
    till = await a_till()
    kept = await another(till)
    first = await coupons(till.shop_id)
    nothing = await coupons(till.shop_id, cursor=first.cursor)

    added = await another(till)
    mine = (await promo_codes.page(till.agent_id))[0]
    await promo_codes.change_state(till.agent_id, mine.id, "paused")
    delta = await coupons(till.shop_id, cursor=nothing.cursor)

    assert told(first) == {till.code: True, kept: True}
    assert (told(nothing), nothing.reset) == ({}, False)
    assert (told(delta), delta.reset) == ({till.code: False, added: True}, False)


async def test_pages_of_a_list_hold_every_code_once(database: None) -> None:
    till = await a_till()
    codes = {till.code, *[await another(till) for _ in range(4)]}

    pages = [await coupons(till.shop_id, limit=2)]
    while pages[-1].more:
        pages.append(await coupons(till.shop_id, cursor=pages[-1].cursor, limit=2))

    assert sorted(one.code for page in pages for one in page.codes) == sorted(codes)
    assert [page.reset for page in pages] == [True, False, False]


async def test_the_list_begins_anew_when_rules_changed_or_a_backup_was_restored(database: None) -> None:
    till = await a_till()
    first = await coupons(till.shop_id)

    await pause(till.campaign_id, reason="test", by=BY)
    paused = await coupons(till.shop_id, cursor=first.cursor)
    rubbish = await coupons(till.shop_id, cursor="rubbish")

    assert (paused.reset, paused.offers, paused.codes) == (True, [], [])
    assert rubbish.reset


async def test_a_shop_that_takes_no_part_gets_nothing(database: None) -> None:
    till = await a_till()
    other = await a_shop(till.program_id)
    only_there = await a_promo_campaign(
        till.program_id, discounts=(PercentOff(basis_points=700),), eligibility=Eligibility(shops=frozenset({other}))
    )
    await promo_codes.create(await an_agent(), campaign_id=only_there)

    here, there = await coupons(till.shop_id), await coupons(other)

    assert (len(here.offers), len(there.offers), len(here.codes), len(there.codes)) == (1, 2, 1, 2)
    with pytest.raises(NotFound):
        await coupons(uuid7())


async def test_a_list_is_signed_and_no_byte_of_it_may_be_another(database: None) -> None:
    till = await a_till()
    body = as_csv(await coupons(till.shop_id))
    key = Ed25519PublicKey.from_public_bytes(public_key())

    key.verify(signature(body), body)

    with pytest.raises(InvalidSignature):
        key.verify(signature(body), body.replace(b"1", b"2", 1))
    [row] = csv.DictReader(io.StringIO(body.decode()))
    assert (row["code"], row["live"]) == (till.code, "1")
