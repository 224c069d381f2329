"""Destroyed keys: what the log outside the database names is destroyed, however often a backup brings it back."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from core import destroyed
from core.destroyed import DestructionUnlogged
from core.settings import Settings

KIND = "a key of the test's own"


class Keys:
    """Keys that a backup brings back."""

    def __init__(self) -> None:
        self.there: set[UUID] = set()

    async def destroy(self, ids: Sequence[UUID]) -> int:
        gone = self.there & set(ids)
        self.there -= gone
        return len(gone)


@pytest.fixture
def keys(tmp_path: Path, settings: Settings) -> Iterator[Keys]:
    keys = Keys()
    destroyed.destroys(KIND)(keys.destroy)
    destroyed.keep_in(str(tmp_path / "log"))
    yield keys
    del destroyed._ways[KIND]
    destroyed.keep_in(settings.destroyed_log)


async def test_a_recorded_key_is_destroyed_after_each_restore_and_no_other(keys: Keys) -> None:
    gone, kept = uuid4(), uuid4()
    await destroyed.record(KIND, gone)

    for _ in range(2):
        keys.there = {gone, kept}
        assert await destroyed.apply() == {KIND: 1}
        assert keys.there == {kept}
    assert await destroyed.apply() == {KIND: 0}


async def test_without_a_log_nothing_is_to_be_destroyed(keys: Keys) -> None:
    assert await destroyed.apply() == {}


async def test_many_who_record_at_once_lose_no_line(keys: Keys) -> None:
    ids = {uuid4() for _ in range(50)}

    await asyncio.gather(*(destroyed.record(KIND, one) for one in ids))

    keys.there = set(ids)
    assert await destroyed.apply() == {KIND: 50}


async def test_the_logs_of_all_machines_count(keys: Keys, tmp_path: Path) -> None:
    one, other = uuid4(), uuid4()
    await destroyed.record(KIND, one)
    [file] = (tmp_path / "log").iterdir()
    file.rename(tmp_path / "log" / "another-machine.log")
    await destroyed.record(KIND, other)
    keys.there = {one, other}

    assert await destroyed.apply() == {KIND: 2}


async def test_a_torn_line_takes_no_whole_one_with_it(keys: Keys, tmp_path: Path) -> None:
    before, after = uuid4(), uuid4()
    await destroyed.record(KIND, before)
    [file] = (tmp_path / "log").iterdir()
    with file.open("ab") as log:
        log.write(b'\n{"at":"2026-01-01T0')
    await destroyed.record(KIND, after)
    keys.there = {before, after}

    assert await destroyed.apply() == {KIND: 2}


@pytest.mark.parametrize("folder", ["", "/proc/nowhere/log", "/dev/null/log"])
async def test_what_cannot_be_written_down_is_refused(keys: Keys, folder: str) -> None:
    destroyed.keep_in(folder)

    with pytest.raises(DestructionUnlogged):
        await destroyed.record(KIND, uuid4())


async def test_a_kind_that_nobody_can_destroy_is_not_passed_over(keys: Keys) -> None:
    await destroyed.record("a kind of another version", uuid4())

    with pytest.raises(KeyError):
        await destroyed.apply()


async def test_only_its_owner_reads_the_log(keys: Keys, tmp_path: Path) -> None:
    await destroyed.record(KIND, uuid4())

    [file] = (tmp_path / "log").iterdir()

    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
