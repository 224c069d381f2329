"""The spool: hashes of codes on their way from a file into the database, kept on the disk, sorted as they leave."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

HASH_BYTES: Final = 32
# So many rows are sorted at once: neighbours in the index are then written together, and memory stays flat.
_MANY: Final = 1 << 18
_FEW: Final = 1 << 13
_PIECE_BYTES: Final = 1 << 16

_KEPT: Final = np.dtype([("hash", f"V{HASH_BYTES}"), ("slot", "<i4"), ("index", "<i8"), ("line", "<i8")])

# A row as PostgreSQL's binary COPY has it: how many fields, and before each its length.
_COPY_ROW: Final = np.dtype(
    [
        *[("fields", ">i2"), ("hash_bytes", ">i4"), ("hash", f"V{HASH_BYTES}")],
        *[("batch_bytes", ">i4"), ("batch", ">i4"), ("index_bytes", ">i4"), ("index", ">i8")],
    ]
)
_COPY_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END: Final = b"\xff\xff"

Rows = NDArray[np.void]


class Run(NamedTuple):
    """Some codes, column by column."""

    hashes: list[bytes]
    batches: list[int]
    indexes: list[int]
    lines: list[int]


class Spool:
    """An unnamed file of its process: it is gone with it, and holds no code's text."""

    def __init__(self) -> None:
        # It lives as long as the spool does.
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self.count = 0

    def close(self) -> None:
        self._file.close()

    def add(
        self, hashes: Sequence[bytes], *, slots: Sequence[int], indexes: Sequence[int], lines: Sequence[int]
    ) -> None:
        """Keep some codes: each one's hash, the batch it goes to by its slot, its index there, the line it came on."""
        rows = np.empty(len(hashes), dtype=_KEPT)
        rows["hash"] = np.frombuffer(b"".join(hashes), dtype=f"V{HASH_BYTES}")
        rows["slot"], rows["index"], rows["line"] = slots, indexes, lines
        self._file.write(rows.tobytes())
        self.count += len(hashes)

    async def copied(self, batch_numbers: Sequence[int]) -> AsyncIterator[bytes]:
        """Everything as COPY takes it: hash, batch number by slot, index."""
        numbers = np.array(batch_numbers, dtype=np.int32)
        self._file.seek(0)
        yield _COPY_HEAD
        while run := await asyncio.to_thread(self._next_copied, numbers):
            for start in range(0, len(run), _PIECE_BYTES):
                yield run[start : start + _PIECE_BYTES]
        yield _COPY_END

    async def runs(self, batch_numbers: Sequence[int]) -> AsyncIterator[Run]:
        """Everything in the order of the file, some at a time."""
        self._file.seek(0)
        while len(kept := self._next(_FEW)):
            yield Run(
                hashes=[one.tobytes() for one in kept["hash"]],
                batches=[batch_numbers[slot] for slot in kept["slot"].tolist()],
                indexes=kept["index"].tolist(),
                lines=kept["line"].tolist(),
            )

    def _next_copied(self, numbers: NDArray[np.int32]) -> bytes:
        kept = self._next(_MANY)
        kept = kept[np.argsort(_beginnings(kept))]
        rows = np.empty(len(kept), dtype=_COPY_ROW)
        rows["fields"], rows["hash_bytes"], rows["batch_bytes"], rows["index_bytes"] = 3, HASH_BYTES, 4, 8
        rows["hash"], rows["batch"], rows["index"] = kept["hash"], numbers[kept["slot"]], kept["index"]
        return rows.tobytes()

    def _next(self, count: int) -> Rows:
        return np.frombuffer(self._file.read(count * _KEPT.itemsize), dtype=_KEPT)


def _beginnings(kept: Rows) -> NDArray[np.uint64]:
    """The first bytes of the hashes as numbers, in the order in which PostgreSQL sorts them."""
    hashes = np.ascontiguousarray(kept["hash"]).view(np.uint8).reshape(len(kept), HASH_BYTES)
    return np.ascontiguousarray(hashes[:, :8]).view(">u8").ravel().astype(np.uint64)
