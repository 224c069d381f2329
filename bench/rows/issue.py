"""Issuing packaging codes with the filter on: against AES alone, against the disk's own pace, in how much memory."""

import os
import subprocess
import sys
import time
from asyncio import to_thread
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bench import stock
from bench.figures import Figure, at_least, ratio_at_least, ratio_at_most
from bench.installation import Database, Installation
from bench.rounds import in_turn
from cli import environment
from codes import batches
from codes.cipher import BLOCK_BYTES, ROUNDS
from codes.lines import LINE_BYTES, lines
from codes.packaging_code import BatchKey, Role, SeriesKey

_COUNT = 8_000_000
_FILE_COUNT = 16_000_000
_SMALL_COUNT = 1_000_000
# Ten rounds of the permutation and the tag that confirms.
_BLOCKS_A_CODE = ROUNDS + 1
_AES_BYTES = BLOCK_BYTES << 15


async def measure(installation: Installation) -> list[Figure]:
    """Needs a database only for the key of a batch."""
    database = await installation.database("issue")
    async with database.opened():
        program_id = await stock.program()
        product_id = await stock.product(program_id)
        file = installation.folder / "codes.txt"
        ours, aes = await in_turn(lambda: to_thread(_to_null), lambda: to_thread(_aes_alone))
        issued, disk, silent = await in_turn(
            lambda: _to_file(file, program_id, product_id),
            lambda: to_thread(_disk_alone, file),
            lambda: to_thread(_to_null),
        )
    few, many = [await to_thread(_peak_mib, database, count) for count in (_SMALL_COUNT, _FILE_COUNT)]
    return [
        Figure(
            what="issue codes, filter on, to /dev/null",
            unit="M codes/s·core",
            ours=ours,
            against=f"AES alone, {_BLOCKS_A_CODE} blocks a code",
            theirs=aes,
            target=at_least(10),
        ),
        Figure(
            what="issue codes to a file, with fsync",
            unit="MB/s",
            ours=issued,
            against="the slower of the disk and issuing to /dev/null",
            theirs=[min(pace, codes * LINE_BYTES) for pace, codes in zip(disk, silent, strict=True)],
            target=ratio_at_least(0.8),
        ),
        Figure(
            what="the same",
            unit="MB/s",
            ours=issued,
            against="the disk: such bytes from memory, with fsync",
            theirs=disk,
        ),
        Figure(
            what=f"peak memory of issuing {_FILE_COUNT // 10**6} M codes",
            unit="MiB",
            ours=[many],
            against=f"of issuing {_SMALL_COUNT // 10**6} M codes",
            theirs=[few],
            target=ratio_at_most(1.1),
        ),
    ]


def _to_null() -> float:
    key = BatchKey(SeriesKey(1, os.urandom(16)), 1, os.urandom(16))
    with Path(os.devnull).open("wb", buffering=0) as null:
        seconds = _seconds(lambda: _write_all(null.write, key))
    return _COUNT / seconds / 1e6


def _write_all(write: Callable[[bytes], object], key: BatchKey) -> None:
    for chunk in lines(key, role=Role.INNER, start=0, stop=_COUNT, placeholders=False):
        write(chunk)


def _aes_alone() -> float:
    encryptor = Cipher(algorithms.AES128(os.urandom(16)), modes.ECB()).encryptor()  # noqa: S305 - as the codes use it.
    blocks, room = os.urandom(_AES_BYTES), bytearray(_AES_BYTES + BLOCK_BYTES - 1)
    calls = _COUNT * _BLOCKS_A_CODE * BLOCK_BYTES // _AES_BYTES

    def encrypt() -> None:
        for _ in range(calls):
            encryptor.update_into(blocks, room)

    return _COUNT / _seconds(encrypt) / 1e6


async def _to_file(file: Path, program_id: UUID, product_id: UUID) -> float:
    """What `naparnik code issue` does, a batch a round."""
    batch = await batches.order(program_id, product_id=product_id, count=_FILE_COUNT, by=stock.WHO)
    out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

    def take(printed: bytes) -> None:
        os.write(out, printed)

    started = time.perf_counter()
    await batches.seal(batch.id, progress=stock.nobody_asks, take=take)
    os.fsync(out)
    seconds = time.perf_counter() - started
    written = os.fstat(out).st_size
    os.close(out)
    return written / seconds / 1e6


def _disk_alone(file: Path) -> float:
    chunk = os.urandom(LINE_BYTES << 15)
    count = _FILE_COUNT * LINE_BYTES // len(chunk)

    def write() -> None:
        with file.open("wb") as out:
            for _ in range(count):
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())

    return count * len(chunk) / _seconds(write) / 1e6


def _peak_mib(database: Database, count: int) -> float:
    """The most memory that the command itself ever held."""
    command = subprocess.Popen(
        [sys.executable, "-m", "cli", "code", "issue", "--count", str(count), "--out", os.devnull],
        env=environment.combine(database.variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    _, status, used = os.wait4(command.pid, 0)
    if status:
        raise RuntimeError(f"naparnik code issue failed: {command.stderr and command.stderr.read().decode()[-500:]}")
    return used.ru_maxrss / 1024


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
