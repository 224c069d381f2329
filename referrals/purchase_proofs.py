"""What one purchase promises: whatever proves it and in whatever order, it pays no more than its best proof."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from core.proofs import Breach, Proof
from programs.purchases import Pool
from programs.snapshot import Snapshot, current_snapshot
from referrals import families, purchases
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


async def _above_the_whole() -> list[Breach]:
    snapshot = await current_snapshot(age_seconds_max=0)
    return [
        Breach(
            f"activity {first_id}",
            f"its parts come to {left_minor} by campaign {key[0]}, all of it to {whole_minor}",
            snapshot.campaigns[key[0]].versions[-1].rules.asset,
        )
        async for first_id, key, left_minor, whole_minor in families.above_the_whole(snapshot)
    ]


PROOFS = (
    Proof("no purchase pays more than its best proof", check=_above_their_best),
    Proof("goods that are known later pay no more than if they had been known at once", check=_above_the_whole),
)
