import asyncio
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import RequestFactory

from api import ranged
from api.ranged import _PacedASGI, part_of

CHUNK = b"x" * 1_000


class Reader:
    """The far end of a connection: takes so many chunks, then leaves, or stands still."""

    def __init__(self, *, takes: int, leaves: bool = False) -> None:
        self.got: list[bytes] = []
        self.ended = False
        self._takes, self._leaves = takes, leaves
        self._left = asyncio.Event()

    async def send(self, message: Any) -> None:
        if message["type"] != "http.response.body":
            return
        if len(self.got) == self._takes:
            if self._leaves:
                self._left.set()
                return
            await asyncio.Event().wait()
        self.got.append(message["body"])
        self.ended = not message["more_body"]

    async def receive(self) -> Any:
        await self._left.wait()
        return {"type": "http.disconnect"}


async def served_to(reader: Reader, chunks: Iterator[bytes], room: asyncio.Semaphore | None = None) -> list[int]:
    """How many bytes were counted as served, once the answer is over."""
    counted: list[int] = []

    async def count(size: int) -> None:
        counted.append(size)

    answer = _PacedASGI(chunks, count, room, status_code=200, media_type="text/plain")
    await asyncio.wait_for(answer({}, reader.receive, reader.send), 10)  # type: ignore[arg-type]
    return counted


async def test_every_chunk_leaves_and_then_the_answer_ends() -> None:
    reader = Reader(takes=10)

    counted = await served_to(reader, iter([CHUNK] * 3))

    assert counted == [3_000]
    assert (reader.got, reader.ended) == ([CHUNK, CHUNK, CHUNK, b""], True)


async def test_nothing_more_is_computed_for_a_reader_who_has_left() -> None:
    computed = itertools.count(1)
    endless = (CHUNK for _ in computed)
    reader = Reader(takes=3, leaves=True)

    [counted] = await served_to(reader, endless)

    assert 3_000 <= counted < 6_000
    assert next(computed) < 10
    assert not reader.ended


async def test_a_reader_who_stands_still_is_cut_off_and_his_room_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranged, "STALL_SECONDS", 0.05)
    room, reader = asyncio.Semaphore(1), Reader(takes=2)

    counted = await served_to(reader, itertools.repeat(CHUNK), room)

    assert counted == [2_000]
    assert not reader.ended
    assert not room.locked()


async def test_what_breaks_on_the_way_is_no_whole_answer() -> None:
    def chunks() -> Iterator[bytes]:
        yield CHUNK
        raise OSError("the rest is missing")

    reader = Reader(takes=10)

    with pytest.raises(OSError, match="missing"):
        await served_to(reader, chunks())

    assert (reader.got, reader.ended) == ([CHUNK], False)


@given(st.text("bytes=0123456789-, ", max_size=40).map("bytes={}".format) | st.text(max_size=20), st.integers(1, 1_000))
def test_whatever_is_asked_for_is_a_part_of_the_file_or_none(asked: str, size: int) -> None:
    request = RequestFactory().get(headers={"Range": asked.encode(errors="replace").decode("latin-1")})

    part = part_of(request, size=size, etag='"tag"')

    assert part is None or 0 <= part.start < part.stop <= part.size == size
