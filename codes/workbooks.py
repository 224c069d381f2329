"""Workbooks: an XLSX that somebody has sent, as the CSV that it could have been."""

import asyncio
import csv
import io
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Final

import msgspec

from programs.sheets import SheetRefused

_ROOT: Final = Path(__file__).resolve().parents[1]
_SECONDS_MAX: Final = 20.0
_ZIP: Final = b"PK\x03\x04"
# One at a time: a reader may take most of a processor and of its memory.
_turn = asyncio.Semaphore(1)


async def as_csv(content: bytes) -> bytes:
    """What is no workbook is a CSV file already, and stays as it is. SheetRefused where one cannot be read."""
    if not content.startswith(_ZIP):
        return content
    written = io.StringIO(newline="")
    csv.writer(written).writerows(await _read(content))
    return written.getvalue().encode()


async def _read(content: bytes) -> list[list[str]]:
    async with _turn:
        reader = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "codes.workbook_reader",
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            cwd="/",
            env={"PYTHONPATH": str(_ROOT)},
        )
        try:
            told, _ = await asyncio.wait_for(reader.communicate(content), _SECONDS_MAX)
            return msgspec.msgpack.decode(told, type=list[list[str]])
        except (TimeoutError, msgspec.MsgspecError, OSError):
            raise SheetRefused(detail="the workbook cannot be read: save its first sheet as CSV UTF-8") from None
        finally:
            if reader.returncode is None:
                reader.kill()
                await reader.wait()
