"""What one purchase promises: whatever proves it and in whatever order, it pays no more than its best proof."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from core.proofs import Breach, Proof
from programs.purchases import Pool
from programs.snapshot import Snapshot, current_snapshot
from referrals import purchases
from referrals.purchases import Purchase


async def _above_their_best() -> list[Breach]:
    snapshot = await current_snapshot(age_seconds_max=0)
    return [breach async for purchase in purchases.all_joined() for breach in _breaches(purchase, snapshot)]


def _breaches(purchase: Purchase, snapshot: Snapshot) -> Iterator[Breach]:
    due = purchase.due(snapshot)
    paid: Counter[Pool] = Counter()
    best: dict[Pool, int] = defaultdict(int)
    for proof in purchase.weighed(snapshot):
        for share, due_minor in zip(proof.shares, due[proof.activity_id], strict=True):
            if share.pool is not None:
                paid[share.pool] += share.paid_minor
                best[share.pool] += due_minor
    for pool, paid_minor in paid.items():
        if paid_minor > best[pool]:
            yield Breach(
                f"purchase {purchase.proofs[0].activity_id}",
                f"its {pool.side} was paid {paid_minor}, its best proofs come to {best[pool]}",
                pool.asset,
            )


PROOFS = (Proof("no purchase pays more than its best proof", check=_above_their_best),)
