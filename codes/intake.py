"""The intake: a file of somebody else's codes is read, judged line by line, and left as hashes in a spool."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from codes.code_files import CodeFile, Line
from codes.identities import PLAIN_MAX, Form, Identity, plain_texts
from codes.spool import Spool
from codes.strength import Census
from core.keys import Hash
from core.refusals import Unprocessable
from programs import gs1
from programs.sheets import RowProblem, SheetRefused

PROBLEMS_MAX: Final = 20
COUNT_MAX: Final = 100_000_000

# Already as it is when folded: most makers' codes are.
_FOLDED: Final = re.compile(f"[0-9A-HJKMNP-Z]{{6,{PLAIN_MAX}}}").fullmatch

_NO_MARKING: Final = "it is no GS1 marking: a GTIN (01) with its check digit, then a serial number (21)"
_NOT_PLAIN: Final = f"it is no code of 6 to {PLAIN_MAX} letters and digits"
_NO_PRODUCT: Final = "its GTIN belongs to no product that these codes are for"


class ProductNeeded(Unprocessable):
    slug = "product_needed"
    title = "Only markings with a GTIN say themselves what they are put on: name the product"


class Intake:
    """One file. It takes pieces of any size, keeps no text, and knows in the end what is wrong with which lines."""

    def __init__(
        self, *, digest: Hash, gtins: Mapping[str, UUID], product_id: UUID | None = None, column: str | None = None
    ) -> None:
        self._digest = digest
        self._gtins = gtins
        self._product_id = product_id
        self._file = CodeFile(column)
        self._fingerprint = hashlib.sha256()
        self._problems: list[RowProblem] = []
        self._wrong = 0
        self._ambiguous = 0
        self._slots: dict[UUID, int] = {}
        self._lengths: list[set[int]] = []
        self.form: Form | None = None
        self.counts: list[int] = []
        self.census = Census()
        self.spool = Spool()

    @property
    def products(self) -> list[UUID]:
        """The products that the codes are for, in the order of their slots."""
        return list(self._slots)

    @property
    def fingerprint(self) -> bytes:
        """The hash of all that came."""
        return self._fingerprint.digest()

    def lengths(self, slot: int) -> list[int]:
        """How long the identities of a slot are."""
        return sorted(self._lengths[slot])

    def take(self, piece: bytes) -> None:
        """Read a piece of the file."""
        self._fingerprint.update(piece)
        self._judge(self._file.feed(piece))

    def end(self) -> None:
        """Read what is left, and refuse the file as a whole if any of it was wrong."""
        self._judge(self._file.end())
        if self._wrong:
            raise SheetRefused(problems=self._problems, problems_count=self._wrong)
        if not self.spool.count:
            raise SheetRefused(detail="there is no code in the file")
        if self._ambiguous == self.spool.count > 1:
            raise SheetRefused(
                detail="every serial number ends as if the separator (GS, character 29) before its tail were lost: "
                "save the file with separators, or without the tails"
            )

    def _judge(self, lines: Sequence[Line]) -> None:
        if not lines:
            return
        if self.form is None:
            self.form = "gs1" if gs1.markings(lines[0].text) else "plain"
            if self.form == "plain" and self._product_id is None:
                raise ProductNeeded
        if self.spool.count + len(lines) > COUNT_MAX:
            raise SheetRefused(detail=f"the file has more than {COUNT_MAX} codes")
        if self.form == "plain":
            self._take_plain(lines)
        else:
            self._take_markings(lines)

    def _take_plain(self, lines: Sequence[Line]) -> None:
        slot = self._slot(self._product_id)
        numbers: list[int] = []
        texts: list[str] = []
        for number, text in lines:
            folded = text if _FOLDED(text) else next(iter(plain_texts(text)), None)
            if folded is None:
                self._refuse(number, _NOT_PLAIN)
            else:
                numbers.append(number)
                texts.append(folded)
        self.census.look_at(texts)
        self._keep("plain", texts, slots=[slot] * len(texts), lines=numbers)

    def _take_markings(self, lines: Sequence[Line]) -> None:
        numbers: list[int] = []
        texts: list[str] = []
        slots: list[int] = []
        serials: list[str] = []
        for number, text in lines:
            found = gs1.markings(text)
            product_id = self._gtins.get(found[0].gtin) if found else None
            if product_id is None:
                self._refuse(number, _NO_PRODUCT if found else _NO_MARKING)
                continue
            self._ambiguous += len(found) > 1
            numbers.append(number)
            slots.append(self._slot(product_id))
            serials.append(found[0].serial)
            texts.append(found[0].gtin + found[0].serial)
        self.census.look_at(serials)
        self._keep("gs1", texts, slots=slots, lines=numbers)

    def _keep(self, form: Form, texts: Sequence[str], *, slots: Sequence[int], lines: Sequence[int]) -> None:
        digest, prefix = self._digest, Identity(form, "").named
        indexes = []
        for text, slot in zip(texts, slots, strict=True):
            indexes.append(self.counts[slot])
            self.counts[slot] += 1
            self._lengths[slot].add(len(text))
        hashes = [digest(prefix + text.encode()) for text in texts]
        self.spool.add(hashes, slots=slots, indexes=indexes, lines=lines)

    def _slot(self, product_id: UUID | None) -> int:
        if product_id is None:
            raise ProductNeeded
        slot = self._slots.setdefault(product_id, len(self._slots))
        if slot == len(self.counts):
            self.counts.append(0)
            self._lengths.append(set())
        return slot

    def _refuse(self, number: int, problem: str) -> None:
        self._wrong += 1
        if len(self._problems) < PROBLEMS_MAX:
            self._problems.append(RowProblem(number, problem))
