import asyncio

import msgspec
import pytest

from core.db import transaction
from core.ids import uuid7
from core.refusals import NotFound
from programs.products import (
    GtinTaken,
    GtinWrong,
    NewProduct,
    PricesWrong,
    Put,
    find_product,
    products,
    put_product,
    put_products,
)
from programs.shops import NewShop, find_shop, put_shop, shops
from tests.programs.stored import BY, a_program

BOILER = NewProduct(
    "K-24",
    "Котёл 24",
    "Boiler 24",
    gtins=frozenset({"4006381333931"}),
    articles=frozenset({"КТ24", "KT-24"}),
    aliases=frozenset({"КОТЕЛ НАСТ 24КВТ"}),
)


async def test_a_product_is_kept_with_all_its_numbers_and_names(database: None) -> None:
    program_id = await a_program()

    product, done = await put_product(program_id, BOILER, by=BY)

    assert done == Put(created=1, updated=0, unchanged=0)
    assert await find_product(product.id) == product
    assert (product.sku, product.name_ru, product.gtins) == ("K-24", "Котёл 24", ["04006381333931"])
    assert (product.articles, product.aliases) == (["KT-24", "КТ24"], ["КОТЕЛ НАСТ 24КВТ"])


async def test_putting_a_product_again_changes_nothing(database: None) -> None:
    program_id = await a_program()
    first, _ = await put_product(program_id, BOILER, by=BY)

    again, done = await put_product(program_id, BOILER, by=BY)

    assert (again, done) == (first, Put(created=0, updated=0, unchanged=1))


@pytest.mark.parametrize(
    "changed",
    [
        NewProduct("K-24", "Котёл", BOILER.name_en, BOILER.gtins, BOILER.articles, BOILER.aliases),
        NewProduct("K-24", BOILER.name_ru, BOILER.name_en, frozenset(), BOILER.articles, BOILER.aliases),
        NewProduct("K-24", BOILER.name_ru, BOILER.name_en, BOILER.gtins, frozenset({"new"}), BOILER.aliases),
        NewProduct("K-24", BOILER.name_ru, BOILER.name_en, BOILER.gtins, BOILER.articles, frozenset()),
    ],
)
async def test_a_product_is_replaced_by_what_is_said_of_it_now(database: None, changed: NewProduct) -> None:
    program_id = await a_program()
    before, _ = await put_product(program_id, BOILER, by=BY)

    after, done = await put_product(program_id, changed, by=BY)

    assert done == Put(created=0, updated=1, unchanged=0)
    assert after.id == before.id
    assert (after.name_ru, len(after.gtins)) == (changed.name_ru, len(changed.gtins))
    assert (after.articles, after.aliases) == (sorted(changed.articles), sorted(changed.aliases))


async def test_a_brand_and_prices_are_kept_changed_and_taken_away(database: None) -> None:
    program_id = await a_program()
    priced = msgspec.structs.replace(BOILER, brand="Огонь", price_minor_min=100, price_minor_max=900)

    kept, _ = await put_product(program_id, priced, by=BY)
    dearer, done = await put_product(program_id, msgspec.structs.replace(priced, price_minor_max=950), by=BY)
    again, undone = await put_product(program_id, BOILER, by=BY)

    assert (kept.brand, kept.price_minor_min, kept.price_minor_max) == ("Огонь", 100, 900)
    assert (dearer.price_minor_max, done) == (950, Put(created=0, updated=1, unchanged=0))
    assert (again.brand, again.price_minor_min, undone) == (None, None, Put(created=0, updated=1, unchanged=0))


async def test_prices_stand_in_order(database: None) -> None:
    with pytest.raises(PricesWrong):
        await put_product(
            await a_program(), msgspec.structs.replace(BOILER, price_minor_min=2, price_minor_max=1), by=BY
        )


async def test_a_gtin_names_one_product(database: None) -> None:
    program_id = await a_program()
    await put_product(program_id, BOILER, by=BY)

    with pytest.raises(GtinTaken) as refused:
        await put_product(program_id, NewProduct("P-1", "Насос", "Pump", gtins=BOILER.gtins), by=BY)

    assert refused.value.facts == {"gtin": "04006381333931", "sku": "K-24"}
    assert [product.sku for product in await products(program_id)] == ["K-24"]


async def test_a_gtin_may_move_to_another_product_in_one_go(database: None) -> None:
    program_id = await a_program()
    await put_product(program_id, BOILER, by=BY)
    without, pump = NewProduct("K-24", "Котёл", "Boiler"), NewProduct("P-1", "Насос", "Pump", gtins=BOILER.gtins)

    async with transaction():
        await put_products(program_id, [without, pump])

    assert [product.gtins for product in await products(program_id)] == [[], ["04006381333931"]]


async def test_a_wrong_gtin_is_refused(database: None) -> None:
    with pytest.raises(GtinWrong):
        await put_product(await a_program(), NewProduct("P-1", "Насос", "Pump", gtins=frozenset({"123"})), by=BY)


async def test_programs_do_not_share_their_products(database: None) -> None:
    first, second = await a_program(), await a_program()

    await put_product(first, BOILER, by=BY)
    await put_product(second, BOILER, by=BY)

    assert len(await products(first)) == len(await products(second)) == 1


async def test_products_come_in_pages(database: None) -> None:
    program_id = await a_program()
    for sku in ("c", "a", "b"):
        await put_product(program_id, NewProduct(sku, "Котёл", "Boiler"), by=BY)

    first = await products(program_id, limit=2)
    rest = await products(program_id, after_sku=first[-1].sku, limit=2)

    assert [product.sku for product in (*first, *rest)] == ["a", "b", "c"]


async def test_the_same_products_put_by_many_at_once_stand_there_once(database: None) -> None:
    program_id = await a_program()
    rows = [NewProduct(f"K-{number}", "Котёл", "Boiler", articles=frozenset({"x"})) for number in range(20)]

    async def put(rows: list[NewProduct]) -> Put:
        async with transaction():
            return await put_products(program_id, rows)

    done = await asyncio.gather(*[put(rows[::step]) for step in (1, -1) * 10])

    assert sum(one.created for one in done) == 20
    assert len(await products(program_id)) == 20


async def test_a_shop_is_kept_found_and_replaced(database: None) -> None:
    program_id = await a_program()
    shop, created = await put_shop(program_id, NewShop("77-01", "Тепломаркет", "77"), by=BY)

    changed, updated = await put_shop(program_id, NewShop("77-01", "Тепломаркет"), by=BY)

    assert (created.created, updated.updated) == (1, 1)
    assert await find_shop(shop.id) == changed
    assert (shop.region, changed.region) == ("77", None)
    assert await shops(program_id) == [changed]
    assert await shops(program_id, after_code="77-01") == []


async def test_what_is_not_in_the_catalogue_is_not_found(database: None) -> None:
    with pytest.raises(NotFound):
        await find_product(uuid7())
    with pytest.raises(NotFound):
        await find_shop(uuid7())
    with pytest.raises(NotFound):
        await put_product(uuid7(), BOILER, by=BY)
    with pytest.raises(NotFound):
        await put_shop(uuid7(), NewShop("1", "x"), by=BY)
