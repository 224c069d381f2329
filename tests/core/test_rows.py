import pytest

from core.db import fetch
from core.rows import columns, rows

STATEMENT = rows(first=2, place="int", name="text", price="bigint") + " WHERE $1"


async def sent(*each: list[object]) -> list[tuple[object, ...]]:
    """Rows as the database sees them."""
    return [tuple(row) for row in await fetch(STATEMENT, True, *columns(*each))]


@pytest.mark.parametrize(
    ("names", "prices"),
    [
        (["pump", "boiler", "valve"], [5, 6, 7]),
        (["pump", "pump", "pump"], [5, 6, 7]),
        (["pump", "boiler", "pump"], [5, 5, 5]),
        ([None, None, None], [None, 6, None]),
        ([None, "pump", None], [5, None, None]),
    ],
)
async def test_rows_arrive_as_they_were_whatever_they_have_in_common(
    names: list[object], prices: list[object], database: None
) -> None:
    assert await sent([1, 2, 3], names, prices) == list(zip([1, 2, 3], names, prices, strict=True))


async def test_one_row_and_no_row_arrive_as_well(database: None) -> None:
    assert await sent([1], ["pump"], [None]) == [(1, "pump", None)]
    assert await sent([], [], []) == []


def test_what_is_the_same_in_all_rows_is_sent_once_and_the_first_column_never() -> None:
    assert columns([7, 7, 7], ["pump", "pump", "pump"], [1, 2, 1]) == [[7, 7, 7], ["pump"], [1, 2, 1]]
