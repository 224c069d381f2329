"""Estimates: what an activity will probably earn, told at once and promised by nobody."""

from datetime import datetime

import msgspec

from programs.decide import decide
from programs.facts import Facts
from programs.snapshot import Snapshot
from wallets.credits import release_date


class Expected(msgspec.Struct, frozen=True):
    """The agent's bonus as it looks now; the rules have the last word when they see his whole standing."""

    amount_minor: int
    asset: str
    available_at: datetime
    guaranteed: bool = False


def estimate(facts: Facts, snapshot: Snapshot) -> Expected | None:
    """The first asset that the agent himself would earn by this activity alone, or None."""
    decision = decide(facts, snapshot.index.candidates(facts), snapshot.standing(facts.program_id))
    own = [grant for grant in decision.grants if grant.beneficiary_agent_id == facts.agent_id]
    if not own:
        return None
    asset = own[0].asset
    same = [grant for grant in own if grant.asset == asset]
    wait_seconds = max(grant.wait_seconds for grant in same)
    return Expected(sum(grant.amount_minor for grant in same), asset, release_date(facts.accepted_at, wait_seconds))
