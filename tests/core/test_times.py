from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from core.times import Moment, in_utc


@pytest.mark.parametrize("text", ["2026-11-22T09:30:00Z", "2026-11-22T12:30:00+03:00", "2026-11-22T00:00:00-09:30"])
def test_a_time_means_one_moment(text: str) -> None:
    moment: datetime = msgspec.json.decode(f'"{text}"', type=Moment)

    assert moment == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    ["2026-11-22T09:30:00", "2026-11-22", "22.11.2026", "2026-11-22T25:00:00Z", "2026-02-30T00:00:00Z", "now", ""],
)
def test_a_time_that_could_be_another_is_refused(raw: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(raw, type=Moment)


def test_a_moment_is_told_in_utc_and_none_is_none() -> None:
    moment: datetime = msgspec.json.decode('"2100-01-01T02:30:00+03:00"', type=Moment)

    assert msgspec.json.encode(in_utc(moment)) == b'"2099-12-31T23:30:00Z"'
    assert in_utc(None) is None
