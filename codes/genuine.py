"""Genuine or not: what anybody may learn of the outer code of a pack, and nobody of the inner one inside."""

from typing import Final, Literal
from uuid import UUID

import msgspec

from codes.keyring import Keyring
from core import guesses
from core.db import fetch, transaction

# The states in which goods are in somebody's hands rightly; a recall is told, of the rest nothing is said.
_SOLD: Final = frozenset({"active", "closing", "expired"})
_RECALLED: Final = "recalled"


class Vouched(msgspec.Struct, frozen=True):
    """What the maker says of a pack: that it is his, or that he has called it back."""

    state: Literal["genuine", "recalled"]
    product_id: UUID


async def vouch(readings: tuple[str, ...], *, keyring: Keyring, guesser: tuple[bytes, int]) -> Vouched | None:
    """What can be said of an outer code; None for all others, the inner ones and those of a silenced guesser included.

    Whether a text is an inner code is not even computed, so its answer takes as long as that of an unknown one.
    """
    async with transaction() as now:
        subject, most = guesser
        if await fetch(guesses.blocked("$1", "$2"), [subject], [most]):
            return None
        item = await (await keyring.current()).outer(readings)
        if item is None:
            await guesses.count([[guesser]], now=now)
            return None
    if item.range.state == _RECALLED:
        return Vouched("recalled", item.batch.product_id)
    return Vouched("genuine", item.batch.product_id) if item.range.state in _SOLD else None
