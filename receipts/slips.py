"""Slips: the codes on a photo of a receipt told from each other, and the one that is handed in."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import msgspec

from core.photos import Photos
from core.refusals import Unprocessable
from core.sightings import Sighting
from programs import gtin
from receipts.fiscal import marking, registry
from receipts.fiscal.frame import ReceiptMalformed
from receipts.fiscal.marking import Marking
from receipts.fiscal.registry import format_of

_MARKING_PARAMETER: Final = "kiz"
# What a code of the maker's own is called, for whoever knows how these look.
Recogniser = Callable[[str], str | None]


class CodeKind(StrEnum):
    """What a code on a slip is; everything that is none of the others is other: payments, lotteries, advertisements."""

    RECEIPT = "receipt"
    MARKING = "marking"
    PACKAGING = "packaging"
    PROMO = "promo"
    ARTICLE = "article"
    OTHER = "other"


class NoReceiptOnPhoto(Unprocessable):
    """Facts: the `codes` that are there instead, by their kinds."""

    slug = "no_receipt_on_photo"
    title = "There are codes on this photo, and none of them is a receipt's"


class SlipCode(msgspec.Struct, frozen=True):
    """A code on the photo: what it is, where its middle is in parts of the photo; its text is not repeated.

    `taken` is the receipt that was handed in; `problem` says what cannot be read of one.
    """

    kind: CodeKind
    x: float
    y: float
    format: str | None = None
    taken: bool = False
    problem: str | None = None


class Slip(NamedTuple):
    """The text of the receipt on a photo, and every code that was seen, from top to bottom."""

    text: str
    codes: list[SlipCode]


async def look(photos: Photos, photo: bytes | bytearray, ours: Recogniser) -> Slip:
    """The slip on a photo, or what photos are refused for; NoReceiptOnPhoto, ReceiptMalformed."""
    sightings = await photos.look(photo)
    if not any(format_of(one.text) for one in sightings):
        # A large code of somebody's advertisement hides the small one that was meant.
        sightings = await photos.look(photo, all_of_them=True)
    return slip_of(sightings, ours)


def slip_of(sightings: Sequence[Sighting], ours: Recogniser) -> Slip:
    """Of several receipts the topmost that can be read is the one that is handed in."""
    codes = [_code(one, ours) for one in sightings]
    receipts = [place for place, code in enumerate(codes) if code.kind is CodeKind.RECEIPT]
    if not receipts:
        raise NoReceiptOnPhoto(codes=[code.kind.value for code in codes])
    meant = next((place for place in receipts if codes[place].problem is None), None)
    if meant is None:
        raise ReceiptMalformed(field="photo", problem=codes[receipts[0]].problem)
    codes[meant] = msgspec.structs.replace(codes[meant], taken=True)
    return Slip(sightings[meant].text, codes)


def _code(one: Sighting, ours: Recogniser) -> SlipCode:
    meant = format_of(one.text)
    if meant is None:
        return SlipCode(kind_of(one.text, ours), one.x, one.y)
    problem = None
    try:
        registry.parse(one.text)
    except ReceiptMalformed as refused:
        problem = str(refused.facts.get("problem"))
    return SlipCode(CodeKind.RECEIPT, one.x, one.y, format=meant.code, problem=problem)


def kind_of(text: str, ours: Recogniser) -> CodeKind:
    """What a text is, by the first that knows it: receipts, the maker's own codes, markings, articles' bars."""
    if format_of(text) is not None:
        return CodeKind.RECEIPT
    known = ours(text)
    if known is not None:
        return CodeKind(known)
    if is_marking(text):
        return CodeKind.MARKING
    return CodeKind.ARTICLE if gtin.padded(text) else CodeKind.OTHER


def is_marking(text: str) -> bool:
    """Whether a text names a piece of marked goods."""
    return marking_in(text) is not None


def marking_in(text: str) -> Marking | None:
    """The piece of marked goods that a text names, bare or in the address where it is looked up."""
    try:
        said = dict(parse_qsl(urlsplit(text).query))
    except ValueError:
        said = {}
    return marking.parse(said.get(_MARKING_PARAMETER, text))
