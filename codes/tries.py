"""Tries: claims of codes of ours that could not pay, kept as the watch's evidence; an accepted scan leaves none."""

from collections.abc import Iterable
from datetime import datetime

from codes.claims import AlreadyClaimed, Claim, Verdict
from codes.keyring import Item
from codes.packaging_code import Role
from core.db import execute
from core.limits import RateLimited

CLAIMED = "already_claimed"
# Goods in these states have not left the maker yet: nobody outside can hold their codes in his hands.
BEFORE_SHIPPING = frozenset({"sealed", "exported", "printed"})


async def note(claims: Iterable[Claim], *, now: datetime) -> None:
    """Write down which of these claims came to a code that could not pay, each agent's once; joins the transaction."""
    tries = {
        (one.item.code.batch, one.item.code.index, one.code_key, why, one.request.agent_id)
        for one in claims
        if one.item is not None and (why := _why(one, one.item))
    }
    if tries:
        # One order for everybody, so that two batches never wait for each other.
        batches, indexes, code_keys, whys, agents = zip(*sorted(tries), strict=True)
        await execute(
            """INSERT INTO watched_try (batch_number, index, code_key, why, agent_id, at)
               SELECT *, $6 FROM unnest($1::int[], $2::bigint[], $3::bytea[], $4::text[], $5::uuid[])
               ON CONFLICT DO NOTHING""",
            batches,
            indexes,
            code_keys,
            whys,
            agents,
            now,
        )


async def forget_old() -> None:
    """Drop tries that no story is told of any more."""
    await execute("DELETE FROM watched_try WHERE at < now() - interval '400 days'")


def _why(one: Claim, item: Item) -> str | None:
    if item.code.role is not Role.INNER or one.verdict is None:
        return None
    if isinstance(one.verdict, Verdict):
        is_new = one.verdict.outcome == "new" and one.verdict.scan.state == "held"
        return item.range.state if is_new and item.range.state in BEFORE_SHIPPING else None
    if isinstance(one.verdict, AlreadyClaimed):
        return CLAIMED
    # Whoever is silenced was told nothing, and nothing was looked at.
    return None if one.active or isinstance(one.verdict, RateLimited) else item.range.state
