import os
import time
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

from core.ids import derived, earliest, made_at, uuid7


def test_an_id_is_a_version_seven_of_now() -> None:
    before = time.time_ns() // 1_000_000

    made = uuid7()

    milliseconds = int.from_bytes(made.bytes[:6], "big")
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= milliseconds <= time.time_ns() // 1_000_000
    assert UUID(str(made)) == made


def test_ids_are_ordered_by_their_time_also_within_a_millisecond() -> None:
    moment = datetime(2026, 11, 22, 10, 0, 0, 123_000, tzinfo=UTC)

    made = [uuid7(at=moment + timedelta(microseconds=passed)) for passed in range(1_000)]

    assert made == sorted(made)
    assert {made_at(one) for one in made} == {moment}


def test_an_id_can_be_made_at_a_moment_of_another_clock() -> None:
    moment = datetime(2026, 11, 22, 10, 0, 0, 123_999, tzinfo=UTC)

    made = [uuid7(at=moment) for _ in range(3)]

    assert {made_at(one) for one in made} == {datetime(2026, 11, 22, 10, 0, 0, 123_000, tzinfo=UTC)}
    assert len(set(made)) == 3
    assert all(one >= earliest(moment) for one in made)


def test_no_id_comes_twice_and_none_lets_the_next_be_guessed() -> None:
    made = [uuid7() for _ in range(10_000)]

    assert len(set(made)) == len({one.bytes[8:] for one in made}) == len(made)
    seen = [0] * 128
    for one in made:
        for place in range(128):
            seen[place] += one.int >> (127 - place) & 1
    # Behind the time and the two bits of the variant.
    assert all(4_700 < seen[place] < 5_300 for place in range(66, 128))


def test_a_forked_child_makes_ids_of_its_own() -> None:
    uuid7()
    reading, writing = os.pipe()

    child = os.fork()
    if child == 0:
        os.write(writing, uuid7().bytes[8:])
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 8) != uuid7().bytes[8:]
    os.close(reading)
    os.close(writing)


def test_a_derived_id_follows_from_what_it_is_of() -> None:
    one = derived(b"account", "campaign", "1", "RUB")

    assert one == derived(b"account", "campaign", "1", "RUB")
    assert str(one) == "a4b3fab0-40c3-a389-be26-2ee02a5a1f24"
    assert len({one, derived(b"budget", "campaign", "1", "RUB"), derived(b"account", "campaign", "1R", "UB")}) == 3
