"""Importing codes that somebody else has made: from a file to rows that scans find, against COPY of such rows alone."""

import os
import random
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import asyncpg

from bench import stock
from bench.figures import Figure, at_least
from bench.installation import Installation
from bench.rounds import in_turn
from codes import imports
from codes.spool import HASH_BYTES, Spool

_COUNT = 500_000
_PIECE_BYTES = 1 << 16
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_GTIN = "04601234567893"
_TAIL = "\x1d91EE06\x1d92dGFpbHRhaWx0YWlsdGFpbHRhaWx0YWlsdGFpbHRhaWw="


async def measure(installation: Installation) -> list[Figure]:
    """Each round imports a file of new codes into what the rounds before have left."""
    database = await installation.database("import_codes")
    file = installation.folder / "import.txt"
    async with database.opened(), database.owned() as owner:
        program_id = await stock.program()
        product_id = await stock.product(program_id, gtins=frozenset({_GTIN}))
        await owner.execute("CREATE TABLE copied (LIKE imported_code INCLUDING ALL)")
        plain, marked, copied = await in_turn(
            lambda: _import(_written(file, _code), program_id, product_id),
            lambda: _import(_written(file, _marking), program_id, None),
            lambda: _copy(owner),
        )
    return [
        Figure(
            what="import a maker's own codes",
            unit="codes/s",
            ours=plain,
            against="COPY of as many rows, sorted, with the index",
            theirs=copied,
            target=at_least(100_000),
        ),
        Figure(
            what="import markings (GS1) with their tails",
            unit="codes/s",
            ours=marked,
            against="COPY of as many rows, sorted, with the index",
            theirs=copied,
        ),
    ]


async def _import(file: Path, program_id: UUID, product_id: UUID | None) -> float:
    """What `naparnik code import` does."""
    started = time.perf_counter()
    taken = await imports.intake(program_id, product_id=product_id)
    await imports.read(taken, _pieces(file))
    done = await imports.import_codes(program_id, taken, by=stock.WHO)
    seconds = time.perf_counter() - started
    taken.spool.close()
    return done.codes / seconds


async def _copy(owner: asyncpg.Connection) -> float:
    """Rows that need no reading and no hashing."""
    spool = Spool()
    some = range(_COUNT)
    spool.add([os.urandom(HASH_BYTES) for _ in some], slots=[0] * _COUNT, indexes=some, lines=some)
    ready = [piece async for piece in spool.copied([1])]
    spool.close()

    async def source() -> AsyncIterator[bytes]:
        for piece in ready:
            yield piece

    started = time.perf_counter()
    await owner.copy_to_table(
        "copied", columns=("key_hash", "batch_number", "index"), source=source(), format="binary", timeout=600
    )
    return _COUNT / (time.perf_counter() - started)


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as lines:
        while piece := lines.read(_PIECE_BYTES):
            yield piece


def _written(file: Path, line: Callable[[random.Random], str]) -> Path:
    chance = random.Random()
    with file.open("w") as out:
        out.writelines(f"{line(chance)}\n" for _ in range(_COUNT))
    return file


def _code(chance: random.Random) -> str:
    return "".join(chance.choices(_ALPHABET, k=12))


def _marking(chance: random.Random) -> str:
    return f"01{_GTIN}21{''.join(chance.choices(_ALPHABET, k=13))}{_TAIL}"
