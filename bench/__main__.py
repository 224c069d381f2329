"""`python -m bench [ROW …]`: measure, print the table, keep the figures."""

import argparse
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench import report
from bench.figures import Figure
from bench.installation import Installation, installed
from bench.rows import (
    accept,
    checkout,
    drain,
    growth,
    hot,
    import_codes,
    issue,
    labels,
    likeness,
    photos,
    queues,
    receipts,
    repair,
    verify_code,
    visible,
)

Measure = Callable[[Installation], Awaitable[list[Figure]]]

ROWS: dict[str, Measure] = {
    "issue": issue.measure,
    "import": import_codes.measure,
    "labels": labels.measure,
    "verify-code": verify_code.measure,
    "repair": repair.measure,
    "photos": photos.measure,
    "receipts": receipts.measure,
    "likeness": likeness.measure,
    "accept": accept.measure,
    "hot": hot.measure,
    "queues": queues.measure,
    "drain": drain.measure,
    "checkout": checkout.measure,
    "visible": visible.measure,
    "growth": growth.measure,
}
RESULTS = Path(__file__).parent / "results"
# Not /tmp, which is often memory: what is measured has to reach a disk.
DISK = Path("/var/tmp")  # noqa: S108 - a folder is made there that nobody else may enter.


def main() -> int:
    options = _options()
    with (
        TemporaryDirectory(prefix="naparnik-bench-", dir=options.folder) as folder,
        installed(Path(folder), filled_scans=options.filled) as installation,
    ):
        return uvloop.run(_run(installation, options))


async def _run(installation: Installation, options: argparse.Namespace) -> int:
    where = report.machine(await installation.postgres_settings())
    report.print_head(where)
    measured: dict[str, list[Figure]] = {}
    for name in options.rows or ROWS:
        started = time.perf_counter()
        measured[name] = await ROWS[name](installation)
        report.print_row(name, measured[name], seconds=time.perf_counter() - started)
    report.write(options.out or RESULTS / f"{where.at}.json", where, measured)
    return 1 if any(figure.holds is False for figures in measured.values() for figure in figures) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    rows = f"which rows (default: all of them): {', '.join(ROWS)}"
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []], metavar="ROW", help=rows)
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to keep the figures (default: bench/results)")
    parser.add_argument(
        "--folder", type=Path, default=DISK, metavar="DIR", help="on which disk to measure (default: %(default)s)"
    )
    parser.add_argument(
        "--filled", type=int, default=1_000_000, metavar="N", help="scans in the grown database (default: %(default)s)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
