"""Families: an activity with what was added to it later, and what the rules say to all of it at once."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from core.db import fetch
from programs.decide import decide_more
from programs.decision import Decision, Grant
from programs.facts import Facts, Line, decode_facts
from programs.purchases import Left
from programs.reasons import Reason
from programs.snapshot import Snapshot
from programs.standing import Standing
from referrals import accruals, purchases, standings
from referrals.purchases import Key

# The lines that were added to an activity, for whoever looks at it as if everything had been known from the start.
ADDED_LINES: Final = """
(SELECT json_agg(line ORDER BY number) FROM activity_addition added JOIN activity part ON part.id = added.activity_id
 CROSS JOIN LATERAL json_array_elements(part.facts -> 'lines') AS line WHERE added.first_id = {first})
"""

Deciding = Callable[[Sequence[Line]], Decision]


class Family(msgspec.Struct, frozen=True):
    """An activity and what was added to it, the earliest first, with the goods of all that have not come back."""

    first: Facts
    added: tuple[Facts, ...]
    left: tuple[Line, ...]

    @property
    def ids(self) -> tuple[UUID, ...]:
        return self.first.activity_id, *(one.activity_id for one in self.added)

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for one in (self.first, *self.added) for line in one.lines)

    @property
    def goods(self) -> Left:
        return Left(_value(self.left), _value(self.lines))

    def of(self, lines: Sequence[Line]) -> Facts:
        """The whole as if it had been these goods at once."""
        return msgspec.structs.replace(self.first, lines=tuple(lines))


async def family_of(first_id: UUID) -> Family:
    """An activity with its additions; its agent is in the caller's hand."""
    rows = await fetch(
        """SELECT facts FROM activity LEFT JOIN activity_addition added ON added.activity_id = activity.id
           WHERE activity.id = $1 OR activity.id IN (SELECT activity_id FROM activity_addition WHERE first_id = $1)
           ORDER BY coalesce(number, 0)""",
        first_id,
    )
    first, *added = (decode_facts(row["facts"]) for row in rows)
    return Family(first, tuple(added), (await standings.left_of(first)).lines)


async def whole_of(facts: Facts) -> Facts:
    """What an addition was decided as: what it adds to, with everything that was known when it was made."""
    if facts.part_of is None:
        return facts
    family = await family_of(facts.part_of)
    known = family.ids.index(facts.activity_id)
    lines = [line for one in (family.first, *family.added[:known]) for line in one.lines]
    return family.of(lines)


def with_lines(facts: Facts, added: str | None) -> Facts:
    """An activity with the lines that were added to it."""
    if added is None:
        return facts
    return msgspec.structs.replace(facts, lines=(*facts.lines, *_lines_decoder.decode(added)))


def totals(family: Family, decide: Deciding) -> dict[Key, int]:
    """What all the goods of it that have not come back are worth, and never more than before anything did."""
    left = {key_of(grant): grant.amount_minor for grant in decide(family.left).grants}
    return {key_of(grant): min(grant.amount_minor, left.get(key_of(grant), 0)) for grant in decide(family.lines).grants}


async def deciding(family: Family, snapshot: Snapshot) -> Deciding:
    """What the rules say to any goods of it, as if they had been there at once and nothing else."""
    versions = await versions_of(family)
    exhausted = await given_way(family.ids, versions, snapshot)
    standing = await _standing(family, versions, snapshot)

    def decide(lines: Sequence[Line]) -> Decision:
        if not lines:
            return Decision()
        facts = family.of(lines)
        candidates = snapshot.index.candidates(facts)
        return decide_more(facts, candidates, snapshot.campaigns, standing, versions=versions, exhausted=exhausted)

    return decide


async def versions_of(family: Family) -> dict[UUID, int]:
    versions: dict[UUID, int] = {}
    for part in family.ids:
        versions |= await purchases.versions_of(part)
    return versions


async def _standing(family: Family, versions: Mapping[UUID, int], snapshot: Snapshot) -> Standing:
    """The standing that the first of it met, where some rule looks at it."""
    facts = family.of(family.lines)
    asked = [*snapshot.index.candidates(facts), *(snapshot.campaigns[campaign_id] for campaign_id in versions)]
    blank = snapshot.standing(facts.program_id)
    if not any(campaign.needs_standing for campaign in asked):
        return blank
    return (await standings.met([family.first], snapshot)).get(facts.activity_id, blank)


async def given_way(parts: Sequence[UUID], versions: Mapping[UUID, int], snapshot: Snapshot) -> dict[UUID, Reason]:
    """The campaigns that had no room, in whose place another of their exclusive group has paid: what was paid stays."""
    groups = {
        snapshot.campaigns[campaign_id].numbered(version).rules.exclusivity_group
        for campaign_id, version in versions.items()
    } - {None}
    if not groups:
        return {}
    rows = await fetch(
        """SELECT DISTINCT campaign_id FROM accrual
           WHERE activity_id = ANY($1) AND state IN ('denied', 'canceled') AND reason <> ALL($2)""",
        list(parts),
        purchases.SET_OFF,
    )
    denied = {row["campaign_id"] for row in rows if row["campaign_id"] and row["campaign_id"] not in versions}
    return {
        campaign_id: Reason.STACKING_CONFLICT
        for campaign_id in denied
        if any(version.rules.exclusivity_group in groups for version in snapshot.campaigns[campaign_id].versions)
    }


async def above_the_whole(snapshot: Snapshot) -> AsyncIterator[tuple[UUID, Key, int, int]]:
    """Where the parts of an activity are worth more together than all of it: which, by what rule, and both amounts.

    What found no room, or gave way to another campaign, is worth nothing before it is asked about again.
    """
    for row in await fetch("SELECT DISTINCT first_id FROM activity_addition ORDER BY first_id"):
        family = await family_of(row["first_id"])
        whole = totals(family, await deciding(family, snapshot))
        held: Counter[Key] = Counter()
        for shares in (await accruals.shares_of(family.ids, due=True)).values():
            held.update({key: one.left_minor for key, one in shares.items()})
        for key, left_minor in held.items():
            if left_minor > whole.get(key, 0):
                yield row["first_id"], key, left_minor, whole.get(key, 0)


def key_of(grant: Grant) -> Key:
    """By what a grant's bonus is known among those of an activity."""
    return grant.campaign_id, grant.effect, grant.beneficiary_agent_id


def _value(lines: Collection[Line]) -> int:
    return sum(line.amount_minor or 0 for line in lines)


_lines_decoder = msgspec.json.Decoder(tuple[Line, ...])
