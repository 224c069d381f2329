"""Promo landings: what somebody gets to see who opens the address of a promo code."""

import asyncio
from collections import Counter
from typing import Final
from uuid import UUID

from msgspec import Struct

from codes import promo_codes
from codes.promo_offers import PromoOffer, is_running, promo_offer
from codes.promo_text import ean13, number_of, skeleton
from core import switches
from core.db import DatabaseUnavailable, fetch_row
from core.switches import READ_ONLY
from programs import advertising
from programs.advertising import Marks
from programs.campaign import Campaign
from programs.snapshot import Snapshot, current_snapshot
from referrals.words import Language

# As long as a code is, with whatever somebody types between its letters.
_TYPED_MAX: Final = 64
_WRITTEN_EVERY_SECONDS: Final = 1.0


class Landing(Struct, frozen=True):
    """A code that works, the digits of its bars, what it offers, and the marks of advertising.

    Without marks (None) that the country requires, nothing may advertise: whoever holds the code reads its terms.
    """

    code_id: UUID
    text: str
    digits: str
    offer: PromoOffer
    marks: str | None


async def landing(typed: str, *, language: Language) -> Landing | None:
    """The code that somebody typed or scanned; None for one that is unknown, paused, archived, or offers nothing."""
    if len(typed) > _TYPED_MAX:
        return None
    # One statement, whatever becomes of it.
    row = await fetch_row(
        """SELECT c.id, c.campaign_id, c.text, c.number, c.state, now() AS now, m.word, m.advertiser, m.token
           FROM promo_code c LEFT JOIN advertising_mark m ON m.campaign_id = c.campaign_id
           WHERE c.skeleton = $1 OR c.number = $2""",
        skeleton(typed),
        number_of(typed.strip()),
    )
    if row is None or row["state"] != "active":
        return None
    snapshot = await current_snapshot()
    campaign = snapshot.campaigns.get(row["campaign_id"])
    if campaign is None or not is_running(campaign, row["now"]):
        return None
    marks, jurisdiction = Marks(row["word"], row["advertiser"], row["token"]), _jurisdiction(campaign, snapshot)
    return Landing(
        row["id"],
        row["text"],
        ean13(row["number"]),
        promo_offer(campaign, snapshot, language=language, now=row["now"]),
        None if advertising.missing(marks, jurisdiction) else advertising.told(marks, jurisdiction),
    )


def _jurisdiction(campaign: Campaign, snapshot: Snapshot) -> str:
    return snapshot.programs[campaign.program_id].jurisdiction


class Openings:
    """How often pages were opened: counted in memory, and written down once a second for all of them together.

    So a page that everybody opens costs no write; what a dying process has not written is lost, and moves no money.
    """

    def __init__(self) -> None:
        self._counted: Counter[UUID] = Counter()
        self._writing: asyncio.Task[None] | None = None

    def count(self, code_id: UUID) -> None:
        """The page of a code was opened; returns at once."""
        self._counted[code_id] += 1
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write_soon())

    async def written(self) -> None:
        """Write down what was counted, now."""
        counted, self._counted = self._counted, Counter()
        if counted and READ_ONLY not in await switches.thrown():
            await promo_codes.count_seen(counted)

    async def close(self) -> None:
        """Write down the last ones."""
        if self._writing is not None:
            self._writing.cancel()
        await self._try_to_write()

    async def _write_soon(self) -> None:
        while self._counted:
            await asyncio.sleep(_WRITTEN_EVERY_SECONDS)
            await self._try_to_write()

    async def _try_to_write(self) -> None:
        try:
            await self.written()
        except DatabaseUnavailable:
            # Numbers that nobody is paid by are not worth keeping for later.
            self._counted.clear()
