from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.catalogue import labelled
from receipts.likeness import Likeness, Ware, figures, likest, normal, shelf, sizes

BOILER, LARGER, HOSE, WATER = (UUID(int=number) for number in range(4))
SHELF = shelf(
    [
        Ware(BOILER, "Котёл настенный двухконтурный Огонь 24", brand="Огонь", price_minor_min=100, price_minor_max=900),
        Ware(LARGER, "Котёл настенный двухконтурный Огонь 28", brand="Огонь"),
        Ware(HOSE, "Шланг садовый армированный 25 м"),
        Ware(WATER, "Вода питьевая Святой источник 0,5 л"),
        Ware(WATER, "Вода пит. Св. источник ПЭТ 0,5 л"),
    ]
)


def told(name: str, price_minor: int | None = None) -> tuple[UUID, str] | None:
    found = likest(name, price_minor, SHELF)
    return (found.product_id, found.why) if found else None


@pytest.mark.parametrize(
    "name",
    [
        "КОТЕЛ НАСТЕННЫЙ ДВУХКОНТУРНЫЙ ОГОНЬ 24",
        "Koтeл нacтeнный двуxкoнтуpный Oгoнь 24",
        "004512: Котёл настенный двухконтурный Огонь 24",
        "  Котёл  настенный двухконтурный «Огонь» 24.",
        "Котёл настеный двухконтурный Огонь 24",
    ],
    ids=["capitals", "look-alikes", "the shop's number", "marks", "a slip of the pen"],
)
def test_a_name_is_known_however_a_till_spells_it(name: str) -> None:
    assert told(name) == (BOILER, "likeness")


def test_a_name_that_a_till_has_cut_is_known_while_one_product_begins_so() -> None:
    assert told("Шланг садовый армирован") == (HOSE, "likeness")
    assert told("Котёл настенный двухконтурный Огонь") == (BOILER, "too_close")


def test_a_product_is_known_by_any_of_its_names() -> None:
    assert told("ВОДА ПИТ СВ ИСТОЧНИК ПЭТ 0.5Л") == (WATER, "likeness")


@pytest.mark.parametrize(
    ("name", "price_minor", "why"),
    [
        ("Вода питьевая Святой источник 1,5 л", None, "size_differs"),
        ("Вода питьевая Святой источник 500 мл", None, "likeness"),
        ("Котёл настенный двухконтурный Огонь 32", None, "figures_differ"),
        ("Котёл настенный двухконтурный 24", None, "brand_missing"),
        ("Котёл настенный двухконтурный Огонь 24", 901, "price_differs"),
        ("Котёл настенный двухконтурный Огонь 24", 99, "price_differs"),
        ("Котёл настенный двухконтурный Огонь 24", 900, "likeness"),
        ("Шланг поливочный армированный 25 м", None, "words_differ"),
        ("Шланг садовый армиров. 25 м", None, "too_unlike"),
    ],
)
def test_what_speaks_against_it_is_said(name: str, price_minor: int | None, why: str) -> None:
    found = told(name, price_minor)

    assert found is not None
    assert found[1] == why


def test_a_product_with_several_names_counts_by_the_likest_of_them() -> None:
    among = shelf([Ware(HOSE, "Шланг садовый"), Ware(WATER, "Шланг садовй"), Ware(HOSE, "Шлаг садвый")])

    found = likest("Шланг садовый", None, among)

    assert found == Likeness(HOSE, 1000, "likeness")


@pytest.mark.parametrize("name", ["Молоко 3,2%", "", "!!!", "24", "й" * 500])
def test_what_is_like_nothing_is_nothing(name: str) -> None:
    assert told(name) is None


def test_the_price_tells_those_apart_that_are_called_alike() -> None:
    cheap, dear = (
        Ware(BOILER, "Набор гаечных ключей", price_minor_max=500),
        Ware(LARGER, "Набор гаечных ключей.", price_minor_min=501),
    )

    found = likest("Набор гаечных ключей", 501, shelf([cheap, dear]))

    assert found is not None
    assert (found.product_id, found.why) == (LARGER, "likeness")


def test_sizes_are_one_in_every_spelling() -> None:
    assert sizes(normal("0,5л")) == sizes(normal("500 мл")) == sizes(normal("0.5L"))
    assert sizes(normal("Пакет майка 12кг 30 см")) == {"Г": 12_000, "ММ": 300}
    assert figures(normal("Котёл KT-24F 5 кг")) == ["24"]


@given(st.text(max_size=80))
def test_any_name_is_like_something_or_nothing(name: str) -> None:
    found = likest(name, None, SHELF)

    assert found is None or isinstance(found, Likeness)


def test_no_wrong_product_of_a_thousand_is_taken_for_another() -> None:
    labels = labelled(size=1_000, seed=7)

    found = [likest(query.name, None, labels.shelf) for query in labels.queries]

    sure = [
        (one.product_id, query.product_id)
        for one, query in zip(found, labels.queries, strict=True)
        if one and one.is_sure
    ]
    assert [said for said in sure if said[0] != said[1]] == []
    assert len(sure) > len([query for query in labels.queries if query.product_id]) / 2
