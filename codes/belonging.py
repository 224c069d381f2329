"""Belonging: a sale is written down as an agent's, and the customer who is known is his for the campaign's time."""

from datetime import datetime

from codes.promo_orders import Kept
from core.bundle import Write
from programs.snapshot import Snapshot
from referrals import attributions, known_customers
from referrals.known_customers import Window, next_window, until


async def settle_belonging(kept: Kept, snapshot: Snapshot, *, now: datetime) -> list[Write]:
    """Settle whose the customer is from now on, and give what writes down whose the sale is; joins its transaction."""
    if kept.attributed is None:
        return []
    await _settle_window(kept, snapshot)
    return [attributions.writing(kept.facts, kept.attributed, kept.given, at=now)]


async def _settle_window(kept: Kept, snapshot: Snapshot) -> None:
    facts, attributed = kept.facts, kept.attributed
    if attributed is None or facts.customer_key is None or facts.code_id is None:
        return
    terms = snapshot.campaigns[attributed.campaign_id].version_at(facts.accepted_at).rules.attribution
    if terms is None:
        return
    known = await known_customers.look(facts.program_id, facts.customer_key)
    wanted = Window(
        facts.agent_id,
        attributed.campaign_id,
        facts.code_id,
        facts.activity_id,
        facts.occurred_at,
        until(facts.occurred_at, terms),
    )
    policy = snapshot.policy(facts.program_id)
    window = next_window(known.window, wanted, terms, policy, is_repeat=facts.is_repeat)
    if window is not None:
        await known_customers.open_window(facts.program_id, facts.customer_key, window)
