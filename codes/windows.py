"""Windows: ten thousand neighbouring indexes of a batch, and what the tries at their codes give away."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from codes import thresholds
from codes.packaging_code import key_bounds
from codes.thresholds import Thresholds
from codes.tries import BEFORE_SHIPPING, CLAIMED
from core.db import fetch, transaction
from referrals import holds
from referrals.holds import Finding
from referrals.risks import RiskKind, Suspicion

SIZE: Final = 10_000
TAKEN_AT_ONCE: Final = 2_000

_TAKE = """
UPDATE watched_try SET judged = true WHERE id IN (
    SELECT id FROM watched_try WHERE NOT judged ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING batch_number, index, why
"""
# A try counts once for each code and agent, so that nobody makes a window look worse by trying again and again.
_SEEN = """
SELECT number, place, asked.why, program_id, codes, agents,
       (SELECT count(*) FROM scan WHERE code_key >= low AND code_key < high) AS scanned
FROM unnest($1::int[], $2::bigint[], $3::text[], $4::bytea[], $5::bytea[]) AS asked (number, place, why, low, high)
JOIN code_batch USING (number)
CROSS JOIN LATERAL (
    SELECT count(DISTINCT code_key) AS codes, count(DISTINCT agent_id) AS agents FROM watched_try
    WHERE batch_number = number AND index >= place * $6 AND index < (place + 1) * $6
        AND watched_try.why = asked.why) AS tries
ORDER BY number, place, asked.why
"""


class Window(msgspec.Struct, frozen=True):
    """What was tried in a window for one reason: how many codes, by how many agents, and how many were scanned."""

    number: int
    place: int
    why: str
    program_id: UUID
    codes: int
    agents: int
    scanned: int

    @property
    def share_permille(self) -> int:
        return self.codes * 1_000 // max(self.scanned, 1)


async def judge_tries() -> int:
    """Suspect what new tries give away; one transaction. Returns how many it looked at."""
    async with transaction() as now:
        taken = await fetch(_TAKE, TAKEN_AT_ONCE)
        seen = await _seen(taken)
        lines = await thresholds.of_programs(one.program_id for one in seen)
        found = [(one, suspicion) for one in seen if (suspicion := suspicion_of(one, lines[one.program_id]))]
        await holds.suspect([await _finding(*one) for one in found], now=now)
    return len(taken)


def suspicion_of(window: Window, lines: Thresholds) -> Suspicion | None:
    """What a window is suspected of: codes printed twice, codes that got out too early, stopped ones that are tried."""
    facts: dict[str, Any] = {
        "batch": window.number,
        "first": window.place * SIZE,
        "stop": (window.place + 1) * SIZE,
        "codes": window.codes,
        "agents": window.agents,
        "scanned": window.scanned,
    }
    if window.why != CLAIMED:
        kind = RiskKind.scan_before_sale if window.why in BEFORE_SHIPPING else RiskKind.scan_of_stopped
        return _suspicion(kind, window, facts | {"state": window.why})
    if not _reaches(window, lines.duplicate_codes, lines.duplicate_agents, lines.duplicate_share_permille):
        return None
    drawn = {
        "codes": lines.duplicate_codes,
        "agents": lines.duplicate_agents,
        "share_permille": lines.duplicate_share_permille,
    }
    is_severe = _reaches(
        window, lines.duplicate_hold_codes, lines.duplicate_hold_agents, lines.duplicate_hold_share_permille
    )
    facts |= {"share_permille": window.share_permille, "thresholds": drawn, "held": is_severe}
    return _suspicion(RiskKind.duplicate_codes, window, facts)


def _reaches(window: Window, codes: int, agents: int, share_permille: int) -> bool:
    return window.codes >= codes and window.agents >= agents and window.share_permille >= share_permille


def _suspicion(kind: RiskKind, window: Window, facts: dict[str, Any]) -> Suspicion:
    subject = f"batch:{window.number} window:{window.place} {window.why}"
    return Suspicion(kind=kind, subject=subject, facts=facts, program_id=window.program_id)


async def _seen(taken: Sequence[Any]) -> list[Window]:
    """The windows that these tries touch, as they look by now."""
    touched = sorted({(row["batch_number"], row["index"] // SIZE, row["why"]) for row in taken})
    edges = [key_bounds(number, place * SIZE, (place + 1) * SIZE) for number, place, _ in touched]
    rows = await fetch(
        _SEEN,
        [number for number, _, _ in touched],
        [place for _, place, _ in touched],
        [why for _, _, why in touched],
        [low for low, _ in edges],
        [high for _, high in edges],
        SIZE,
    )
    return [Window(**row) for row in rows]


async def _finding(window: Window, suspicion: Suspicion) -> Finding:
    return Finding(suspicion, await _contested(window) if suspicion.facts.get("held") else ())


async def _contested(window: Window) -> list[UUID]:
    """The accepted scans of codes that somebody else has tried as well: whose they are is the question."""
    rows = await fetch(
        """SELECT DISTINCT scan.id FROM watched_try JOIN scan USING (code_key)
           WHERE batch_number = $1 AND index >= $2 AND index < $3 AND why = $4""",
        window.number,
        window.place * SIZE,
        (window.place + 1) * SIZE,
        window.why,
    )
    return [row["id"] for row in rows]
