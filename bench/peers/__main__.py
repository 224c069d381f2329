"""`python -m bench.peers`: promo codes validated, redeemed and raced for, beside an open-source shop engine."""

import argparse
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import uvloop

from bench import report
from bench.__main__ import DISK, RESULTS
from bench.figures import Figure
from bench.installation import Installation, installed
from bench.load import Measured, closed
from bench.peers import ours, vendure
from bench.peers.asking import Ask, Side
from bench.peers.vendure_install import install
from bench.rounds import in_turn
from tests.racer import race

PEER = "Vendure 3.7.3"
CONNECTIONS = 8
_CROWD = 80
_ALONE = 40
_ROUNDS = 3
_RACERS = 200
_RACES = 3


def main() -> int:
    options = _options()
    folder = install(options.peer)
    with (
        TemporaryDirectory(prefix="naparnik-peers-", dir=DISK) as data,
        installed(Path(data), filled_scans=0) as installation,
    ):
        return uvloop.run(_run(installation, folder))


async def _run(installation: Installation, folder: Path) -> int:
    where = report.machine(await installation.postgres_settings())
    report.print_head(where)
    processes = len(os.sched_getaffinity(0))
    measured: dict[str, list[Figure]] = {}
    async with AsyncExitStack() as started:
        database = await installation.database("ours")
        us = await started.enter_async_context(ours.running(database, processes=processes))
        them = await started.enter_async_context(vendure.running(installation, folder, processes=processes))
        for name, row in (("one-code", _one_code), ("single-use", _single_use), ("race", _race)):
            began = time.perf_counter()
            measured[name] = await row(us, them)
            report.print_row(name, measured[name], seconds=time.perf_counter() - began)
    report.write(RESULTS / f"peers-{where.at}.json", where, measured)
    return 0


async def _one_code(*sides: Side) -> list[Figure]:
    """The kindest case for an engine that looks through its promotions: there is one."""
    codes = [await side.code_of_many_uses() for side in sides]

    def supply(place: int, count: int, *, redeem: bool) -> list[str]:  # noqa: ARG001 - either way it lasts.
        return [codes[place]] * count

    return await _compared(sides, supply, "the only code")


async def _single_use(*sides: Side) -> list[Figure]:
    """A code for each redemption, as they are printed on coupons."""
    needed = (_CROWD + _ALONE) * (_ROUNDS + 1)
    unused = [await side.codes_of_one_use(needed) for side in sides]

    def supply(place: int, count: int, *, redeem: bool) -> list[str]:
        some = unused[place][:count]
        # What is only looked at is not used up.
        unused[place] = unused[place][count * redeem :]
        return some

    return await _compared(sides, supply, f"a single-use code of {needed}")


class Supply(Protocol):
    """Codes for one of the sides."""

    def __call__(self, place: int, count: int, *, redeem: bool) -> list[str]: ...


async def _compared(sides: Sequence[Side], supply: Supply, what: str) -> list[Figure]:
    def turn(place: int, *, redeem: bool) -> Callable[[], Awaitable[tuple[Measured, Measured]]]:
        return lambda: _round(sides[place], lambda count: supply(place, count, redeem=redeem), redeem=redeem)

    for place, _ in enumerate(sides):
        await turn(place, redeem=True)()
    quoted = await in_turn(turn(0, redeem=False), turn(1, redeem=False), rounds=_ROUNDS)
    redeemed = await in_turn(turn(0, redeem=True), turn(1, redeem=True), rounds=_ROUNDS)
    return [*_figures(f"validate {what}", quoted), *_figures(f"redeem {what}", redeemed)]


async def _round(side: Side, codes: Callable[[int], list[str]], *, redeem: bool) -> tuple[Measured, Measured]:
    """Many tills at once, then one alone; the baskets are filled beforehand, and what was redeemed is counted."""
    ask = side.redemptions if redeem else side.validations
    crowd, alone = await ask(codes(_CROWD)), await ask(codes(_ALONE))
    before = await side.redeemed()
    many = await closed(side.address, _wires(crowd), connections=CONNECTIONS)
    one = await closed(side.address, _wires(alone), connections=1)
    done = await side.redeemed() - before
    if done != (_CROWD + _ALONE) * redeem:
        raise RuntimeError(f"{done} orders were redeemed, not {_CROWD + _ALONE}")
    return many, one


async def _race(*sides: Side) -> list[Figure]:
    """How many of many synchronised redeemers win a code that is good for one order."""
    winners: list[list[float]] = []
    for side in sides:
        won = []
        for code in await side.codes_of_one_use(_RACES):
            asked = await side.redemptions([code] * _RACERS)
            before = await side.redeemed()
            await race("http://{}:{}".format(*side.address), [one.racing() for one in asked])
            won.append(float(await side.redeemed() - before))
        winners.append(won)
    what = f"winners among {_RACERS} of a limit-1 code, each race"
    return [
        Figure(what=what, unit="orders", ours=[us], against=PEER, theirs=[them])
        for us, them in zip(*winners, strict=True)
    ]


def _wires(asks: Sequence[Ask]) -> list[bytes]:
    return [one.wire() for one in asks]


def _figures(what: str, measured: Sequence[Sequence[tuple[Measured, Measured]]]) -> list[Figure]:
    def figure(what: str, unit: str, value: Callable[[Measured, Measured], float]) -> Figure:
        us, them = ([value(*one) for one in side] for side in measured)
        return Figure(what=what, unit=unit, ours=us, against=PEER, theirs=them)

    return [
        figure(what, "orders/s", lambda many, _: many.rate),
        figure(f"{what}: p99 of {CONNECTIONS}", "ms", lambda many, _: many.percentile_ms(99)),
        figure(f"{what}: p50 alone", "ms", lambda _, one: one.percentile_ms(50)),
        figure(f"{what}: p99 alone", "ms", lambda _, one: one.percentile_ms(99)),
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument(
        "--peer",
        type=Path,
        default=DISK / "naparnik-peers" / "vendure",
        metavar="DIR",
        help="where the peer is installed, and found again (default: %(default)s)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
