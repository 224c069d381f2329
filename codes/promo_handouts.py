"""Promo handouts: what an agent gives away for his code, made when he asks for it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from codes import promo_codes
from codes.drawings import promo_cards, scene_pens
from codes.drawings.colours import Colour, Ink, check
from codes.drawings.pictures import Format
from codes.drawings.promo_frames import Frame, framed
from codes.drawings.promo_leaflets import leaflet
from codes.drawings.promo_parts import PROMO_INK, PromoPrint
from codes.drawings.promo_stories import story
from codes.drawings.scenes import Scene
from codes.promo_addresses import promo_address
from codes.promo_codes import PromoCodeArchived
from codes.promo_offers import is_running, promo_offer
from core.db import fetch_value
from core.refusals import Conflict, Unprocessable
from programs import advertising
from programs.advertising import AdvertisingMarksMissing
from programs.campaign import Campaign
from programs.snapshot import Program, Snapshot, current_snapshot
from referrals.words import Language


class HandoutKind(StrEnum):
    QR = "qr"
    CARD = "card"
    LEAFLET = "leaflet"
    STORY = "story"


class Use(StrEnum):
    """Printed on paper, or published where advertising has to say that it is."""

    PRINT = "print"
    ONLINE = "online"


# What each kind is drawn as, the usual one first.
FORMATS: Final = {
    HandoutKind.QR: (Format.PNG, Format.SVG, Format.PDF),
    HandoutKind.CARD: (Format.PDF,),
    HandoutKind.LEAFLET: (Format.PDF, Format.PNG, Format.SVG),
    HandoutKind.STORY: (Format.PNG,),
}

# However many agents draw at once, scans and orders find the rest of the machine free.
_threads: Final = ThreadPoolExecutor(2, thread_name_prefix="promo")


class FormatNotDrawn(Unprocessable):
    slug = "format_not_drawn"
    title = "A handout of this kind is not drawn in this format"


class PaperOnly(Unprocessable):
    slug = "paper_only"
    title = "Cards are printed; they have no room for what is to be said online"


class OfferOver(Conflict):
    slug = "offer_over"
    title = "The campaign of this code is over or stopped: there is nothing to hand out"


class WantedHandout(Struct, frozen=True):
    """A handout as an agent wants it; without a format it is drawn in its kind's usual one."""

    kind: HandoutKind
    language: Language = "ru"
    format: Format | None = None
    frame: Frame = Frame.SQUARE
    use: Use = Use.PRINT
    # The agent's own choice; what he leaves open is as the maker has chosen.
    dark: Colour | None = None
    light: Colour | None = None

    @property
    def drawn_as(self) -> Format:
        """FormatNotDrawn."""
        formats = FORMATS[self.kind]
        if self.format is not None and self.format not in formats:
            raise FormatNotDrawn(formats=[known.value for known in formats])
        return self.format or formats[0]

    @property
    def is_published(self) -> bool:
        """A story is made for messengers, whatever somebody says of it."""
        return self.use is Use.ONLINE or self.kind is HandoutKind.STORY


async def handout(agent_id: UUID, code_id: UUID, wanted: WantedHandout, *, origin: str) -> tuple[bytes, Format]:
    """A handout of one of an agent's codes, and the format that it has.

    Raises NotFound, PromoCodeArchived, OfferOver, AdvertisingMarksMissing, FormatNotDrawn, PaperOnly, WeakContrast,
    LabelTooSmall, LettersUnknown, DrawingUnreadable.
    """
    drawn_as = wanted.drawn_as
    if wanted.kind is HandoutKind.CARD and wanted.is_published:
        raise PaperOnly
    code = await promo_codes.find(agent_id, code_id)
    if code.state == "archived":
        raise PromoCodeArchived
    snapshot = await current_snapshot()
    ink = _ink(wanted, snapshot.programs[snapshot.campaigns[code.campaign_id].program_id])
    check(ink)
    campaign, now = snapshot.campaigns[code.campaign_id], await fetch_value("SELECT now()")
    if not is_running(campaign, now):
        raise OfferOver(campaign_id=campaign.id)
    about = PromoPrint(
        text=code.text,
        digits=code.bars,
        address=promo_address(origin, code.text),
        offer=promo_offer(campaign, snapshot, language=wanted.language, now=now),
        language=wanted.language,
        ink=ink,
        marks=await _marks(campaign, snapshot) if wanted.is_published else "",
    )
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, draw, about, wanted), drawn_as


def draw(about: PromoPrint, wanted: WantedHandout) -> bytes:
    """The handout, once all its symbols have been read back; FormatNotDrawn and what its parts raise."""
    if wanted.kind is HandoutKind.CARD:
        return promo_cards.sheet(about)
    scene = _scene(about, wanted)
    match wanted.drawn_as:
        case Format.PNG:
            return scene_pens.png(scene)
        case Format.SVG:
            return scene_pens.svg(scene)
        case Format.PDF:
            return scene_pens.pdf(scene)


def _scene(about: PromoPrint, wanted: WantedHandout) -> Scene:
    match wanted.kind:
        case HandoutKind.LEAFLET:
            return leaflet(about)
        case HandoutKind.STORY:
            return story(about)
        case _:
            return framed(about, wanted.frame)


def _ink(wanted: WantedHandout, program: Program) -> Ink:
    return Ink(wanted.dark or program.dark or PROMO_INK.dark, wanted.light or program.light or PROMO_INK.light)


async def _marks(campaign: Campaign, snapshot: Snapshot) -> str:
    """What a published picture says of itself; AdvertisingMarksMissing."""
    jurisdiction = snapshot.programs[campaign.program_id].jurisdiction
    marks = await advertising.marks_of(campaign.id)
    if missing := advertising.missing(marks, jurisdiction):
        raise AdvertisingMarksMissing(missing=list(missing))
    return advertising.told(marks, jurisdiction)
