"""The workbook reader: a child process that reads one sheet, and may die of it."""

import resource
import sys
from datetime import datetime
from io import BytesIO
from typing import Final

import msgspec
from python_calamine import CalamineWorkbook

from programs.sheets import ROWS_MAX

COLUMNS_MAX: Final = 50
CELL_LETTERS_MAX: Final = 2_000
_MEMORY_BYTES_MAX: Final = 700 * 2**20
_CPU_SECONDS_MAX: Final = 10


def main() -> None:
    """A workbook comes in on standard input; the texts of its first sheet's cells go out."""
    # A cell in the last row makes a small file a sheet of sixteen thousand million cells.
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS_MAX, _CPU_SECONDS_MAX))
    sheet = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0)
    rows: list[list[str]] = []
    for row in sheet.iter_rows():
        if len(rows) > ROWS_MAX + 1:
            break
        rows.append([told(cell)[:CELL_LETTERS_MAX] for cell in row[:COLUMNS_MAX]])
    sys.stdout.buffer.write(msgspec.msgpack.encode(rows))


def told(cell: object) -> str:
    """A cell as it would stand in a CSV file."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, float):
        # What was typed as 47.15 is kept as the nearest number that a machine has.
        return f"{cell:.10f}".rstrip("0")
    return cell.isoformat(" ") if isinstance(cell, datetime) else str(cell)


if __name__ == "__main__":
    main()
