"""Neighbours: codes that lay in one carton and are scanned by many agents at once have been read by somebody else."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from codes import thresholds
from codes.packaging_code import key_bounds
from codes.steps import Step
from codes.thresholds import Thresholds
from core.db import fetch
from core.ids import earliest
from referrals.holds import Finding
from referrals.risks import RiskKind, Suspicion

# Where nobody has said how the goods were packed.
CARTON_SIZE = 20
TOGETHER_SECONDS = 3_600

_CARTONS = """
SELECT DISTINCT number, program_id, coalesce(run.first, place / $4 * $4) AS first,
       coalesce(run.stop, place / $4 * $4 + $4) AS stop
FROM unnest($1::int[], $2::bigint[], $3::uuid[]) AS step (number, place, program_id)
LEFT JOIN LATERAL (
    SELECT first, stop FROM code_run WHERE batch_number = number AND kind = 'carton' AND first <= place
    ORDER BY first DESC LIMIT 1) AS run ON run.stop > place
"""
_SCANNED = """
SELECT place, agents, scans FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS carton (low, high, place)
CROSS JOIN LATERAL (
    SELECT count(DISTINCT agent_id) AS agents, array_agg(id) AS scans FROM scan
    WHERE code_key >= low AND code_key < high AND id >= $3) AS scanned
WHERE agents >= $4
"""


class Carton(msgspec.Struct, frozen=True):
    """Indexes that were packed together, how many agents have scanned of them within the hour, and which scans."""

    number: int
    program_id: UUID
    first: int
    stop: int
    agents: int = 0
    scans: tuple[UUID, ...] = ()

    @property
    def bounds(self) -> tuple[bytes, bytes]:
        return key_bounds(self.number, self.first, self.stop)


async def judge(steps: Sequence[Step], *, at: datetime) -> list[Finding]:
    """Find the cartons of these scans that many agents scan at once; joins the caller's transaction."""
    lines = await thresholds.of_programs(step.program_id for step in steps)
    agents_min = min((one.carton_agents for one in lines.values()), default=0)
    cartons = await _scanned(await _cartons(steps), at=at, agents_min=agents_min)
    return [
        Finding(suspicion, carton.scans if suspicion.facts["held"] else ())
        for carton in cartons
        if (suspicion := suspicion_of(carton, lines[carton.program_id]))
    ]


def suspicion_of(carton: Carton, lines: Thresholds) -> Suspicion | None:
    """A carton goes to one crew or a few; nobody asks where they are, for nobody knows."""
    size = carton.stop - carton.first
    if not _reaches(carton.agents, size, lines.carton_agents, lines.carton_share_percent):
        return None
    return Suspicion(
        kind=RiskKind.scattered_carton,
        subject=f"batch:{carton.number} carton:{carton.first}-{carton.stop}",
        facts={
            "batch": carton.number,
            "first": carton.first,
            "stop": carton.stop,
            "agents": carton.agents,
            "scanned": len(carton.scans),
            "within_seconds": TOGETHER_SECONDS,
            "thresholds": {"agents": lines.carton_agents, "share_percent": lines.carton_share_percent},
            "held": _reaches(carton.agents, size, lines.carton_hold_agents, lines.carton_hold_share_percent),
        },
        program_id=carton.program_id,
    )


def _reaches(agents: int, size: int, agents_min: int, share_percent: int) -> bool:
    return agents >= agents_min and agents * 100 >= size * share_percent


async def _cartons(steps: Sequence[Step]) -> list[Carton]:
    placed = [(step.place, step.program_id) for step in steps if step.place is not None]
    rows = await fetch(
        _CARTONS,
        [number for (number, _), _ in placed],
        [index for (_, index), _ in placed],
        [program_id for _, program_id in placed],
        CARTON_SIZE,
    )
    return [Carton(**row) for row in rows]


async def _scanned(cartons: Sequence[Carton], *, at: datetime, agents_min: int) -> list[Carton]:
    """Those of which at least so many agents have scanned within the hour."""
    edges = [carton.bounds for carton in cartons]
    rows: list[Any] = await fetch(
        _SCANNED,
        [low for low, _ in edges],
        [high for _, high in edges],
        earliest(at - timedelta(seconds=TOGETHER_SECONDS)),
        agents_min,
    )
    return [
        msgspec.structs.replace(cartons[row["place"] - 1], agents=row["agents"], scans=tuple(row["scans"]))
        for row in rows
    ]
