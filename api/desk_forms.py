"""What a reviewer has typed: his word, the products of lines by their places, goods read off the paper, a sale."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

import msgspec

from core.text import Line
from programs.snapshot import Snapshot
from receipts.desk import Case
from receipts.reviews import LineRefused, TypedGoods
from referrals.disputes import Verdict

# The fields of the page, each with the place of its line behind it.
SKU: Final = "sku-"
GOODS: Final = "goods-"
PIECES: Final = "pieces-"
SUM: Final = "sum-"
# So many lines of a receipt without goods can be typed at a time.
TYPED_MAX: Final = 5
_SUM: Final = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,2}))?")
_PIECES: Final = re.compile(r"[1-9][0-9]{0,3}")


class Decision(msgspec.Struct, frozen=True):
    """Accept it, with a sale where goods came back; or refuse it."""

    decision: Literal["accept", "reject"]
    note: Line = ""
    sale: UUID | None = None


class Answer(msgspec.Struct, frozen=True):
    """The answer to an appeal; `again` asks the rules once more."""

    verdict: Verdict
    words: Line
    again: bool = False


def on_one_line(said: Mapping[str, str]) -> dict[str, str]:
    """Fields as they are kept: a box for longer words takes line breaks, which nobody has to see again."""
    return {name: " ".join(value.split()) for name, value in said.items()}


def products(said: Mapping[str, str], case: Case, snapshot: Snapshot) -> dict[int, UUID]:
    """The products that were typed, by the places of their lines; LineRefused where one is none."""
    typed = {line.place: said.get(f"{SKU}{line.place}", "") for line in case.receipt.lines}
    return {place: _product(text, case, snapshot, place=place) for place, text in typed.items() if text}


def goods(said: Mapping[str, str], case: Case, snapshot: Snapshot) -> Sequence[TypedGoods]:
    """What was read off the paper; LineRefused where a product, a number or a sum is none."""
    typed = {place: said.get(f"{GOODS}{place}", "") for place in range(TYPED_MAX)}
    return [
        TypedGoods(
            product_id=_product(text, case, snapshot, place=place),
            quantity=_pieces(said.get(f"{PIECES}{place}") or "1", place),
            amount_minor=_amount(said.get(f"{SUM}{place}", ""), place),
        )
        for place, text in typed.items()
        if text
    ]


def _product(text: str, case: Case, snapshot: Snapshot, *, place: int) -> UUID:
    programs = [case.receipt.program_id] if case.receipt.program_id else list(snapshot.programs)
    for program_id in programs:
        known = snapshot.product_id(program_id, text)
        if known is not None:
            return known
    raise LineRefused(place=place, problem="no_such_product")


def _pieces(text: str, place: int) -> int:
    if not _PIECES.fullmatch(text):
        raise LineRefused(place=place, problem="no_such_number")
    return int(text)


def _amount(text: str, place: int) -> int:
    read = _SUM.fullmatch("".join(text.split()))
    if read is None or not Decimal(amount := f"{read[1]}.{read[2] or 0}"):
        raise LineRefused(place=place, problem="no_such_sum")
    return int(Decimal(amount) * 100)
