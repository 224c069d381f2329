"""The report: a table for people, the same as JSON for programs."""

import os
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from bench.figures import Figure, Target

_HEAD = ("what", "ours", "unit", "against", "theirs", "ratio", "target", "holds")
_WIDTHS = (46, 9, 13, 44, 9, 8, 14, 5)


class Machine(msgspec.Struct, frozen=True):
    """Where and when it was measured, and how durable the database was."""

    at: str
    cpus: int
    load_before: float
    python: str
    kernel: str
    postgres: Mapping[str, str]


def machine(postgres: Mapping[str, str]) -> Machine:
    """The machine as it is now."""
    return Machine(
        at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        cpus=len(os.sched_getaffinity(0)),
        load_before=round(os.getloadavg()[0], 2),
        python=platform.python_version(),
        kernel=platform.release(),
        postgres=postgres,
    )


def print_head(where: Machine) -> None:
    durability = ", ".join(f"{name} {value}" for name, value in where.postgres.items())
    print(f"{where.at}  {where.cpus} CPUs, load {where.load_before}  Python {where.python}  PostgreSQL: {durability}")
    print("Medians of the rounds; the load generator runs on the same machine.\n")
    _print_cells(_HEAD)


def print_row(name: str, figures: Sequence[Figure], *, seconds: float) -> None:
    """A row's lines, as soon as they are measured."""
    print(f"-- {name} ({seconds:.0f} s)")
    for figure in figures:
        theirs, ratio = figure.their_median, figure.ratio
        _print_cells(
            (
                figure.what,
                number(figure.our_median),
                figure.unit,
                figure.against,
                "" if theirs is None else number(theirs),
                "" if ratio is None else f"{ratio:.3g}",
                _target(figure.target),
                {True: "yes", False: "NO", None: ""}[figure.holds],
            )
        )


def write(file: Path, where: Machine, rows: Mapping[str, Sequence[Figure]]) -> None:
    """The whole run with every round, for whoever compares runs."""
    told = {
        "machine": where,
        "rows": {
            name: [
                msgspec.structs.asdict(figure)
                | {"our_median": figure.our_median, "ratio": figure.ratio, "holds": figure.holds}
                for figure in figures
            ]
            for name, figures in rows.items()
        },
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(told)))


def number(value: float) -> str:
    """Three digits that count, with the thousands set apart."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _target(target: Target | None) -> str:
    if target is None:
        return ""
    sign, bound = ("≥", target.least) if target.least is not None else ("≤", target.most)
    return f"{'ratio ' if target.of == 'ratio' else ''}{sign} {number(bound or 0)}"


def _print_cells(cells: Sequence[str]) -> None:
    numeric = {1, 4, 5}
    print(
        "  ".join(
            f"{cell:>{width}}" if place in numeric else f"{cell:<{width}}"
            for place, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
        ).rstrip(),
        flush=True,
    )
