import pytest

from core import audit, switches
from core.db import acquired, execute, fetch_value
from core.proofs import SHOWN_MAX, Breach, Proof, Verdict, freeze, run

pytestmark = pytest.mark.usefixtures("database")

HOLDS = Proof("nothing is wrong", "SELECT 'x' AS subject, 'y' AS detail, NULL AS asset WHERE false")


def failing(*assets: str | None, name: str = "the sums are right") -> Verdict:
    return Verdict(name, [Breach(f"account {number}", "holds too much", one) for number, one in enumerate(assets)], 0.1)


async def test_a_proof_names_each_row_that_breaks_it() -> None:
    broken = Proof(
        "switches have a reason",
        "SELECT 'switch ' || name AS subject, 'no reason' AS detail, 'RUB' AS asset FROM switch WHERE reason = ''",
    )
    await execute("INSERT INTO switch (name, reason) VALUES ('shop:1', ''), ('shop:2', 'because')")

    holding, failed = await run([HOLDS, broken])

    assert (holding.name, holding.holds, holding.breaches) == ("nothing is wrong", True, [])
    assert (failed.name, failed.holds) == ("switches have a reason", False)
    assert failed.breaches == [Breach("switch shop:1", "no reason", "RUB")]


async def test_a_proof_may_be_a_function() -> None:
    async def check() -> list[Breach]:
        return [Breach("chain_link 7", "it does not follow")]

    [verdict] = await run([Proof("the chain holds", check=check)])

    assert verdict.breaches == [Breach("chain_link 7", "it does not follow")]


async def test_a_proof_shows_no_more_than_the_first_breaches() -> None:
    many = "SELECT n::text AS subject, 'wrong' AS detail, NULL AS asset FROM generate_series(1, 1000) n"

    [verdict] = await run([Proof("all is well", many)])

    assert len(verdict.breaches) == SHOWN_MAX


async def test_all_proofs_see_one_moment() -> None:
    async def change() -> list[Breach]:
        await fetch_value("SELECT count(*) FROM switch")
        async with acquired() as another:
            await another.execute("INSERT INTO switch (name) VALUES ('shop:1')")
        return []

    unseen = Proof("no switch is thrown", "SELECT name AS subject, reason AS detail, NULL AS asset FROM switch")
    verdicts = await run([Proof("the world goes on", check=change), unseen])

    assert [verdict.holds for verdict in verdicts] == [True, True]
    assert await switches.thrown() == {"shop:1": ""}


async def test_a_failed_proof_stops_spending_of_the_assets_it_touches_and_says_why() -> None:
    thrown = await freeze([failing("RUB", "BON", "RUB"), Verdict("the chain holds", [], 0.1)], by="verify")

    assert thrown == ["spending:BON", "spending:RUB"]
    assert await switches.thrown() == dict.fromkeys(thrown, "verify: the sums are right")
    assert {entry.who for entry in await audit.page()} == {"verify"}


@pytest.mark.parametrize("assets", [(None,), ("RUB", None), ("RUB",) * SHOWN_MAX])
async def test_all_spending_stops_where_nobody_knows_how_far_it_goes(assets: tuple[str | None, ...]) -> None:
    assert await freeze([failing(*assets)], by="verify") == ["spending:*"]


async def test_nothing_stops_while_every_proof_holds() -> None:
    assert await freeze(await run([HOLDS]), by="verify") == []
    assert await switches.thrown() == {}


async def test_the_reason_of_a_switch_has_room_for_any_number_of_failed_proofs() -> None:
    await freeze([failing("RUB", name=f"the {number}th promise of the ledger holds") for number in range(60)], by="v")

    assert len((await switches.thrown())["spending:RUB"]) == switches.REASON_MAX
