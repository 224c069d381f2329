"""Segment words: what a maker gives out at a training, and by which agents join a segment by themselves."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from core import audit, guesses, keys
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.limits import Allowance, RateLimited
from core.refusals import NotFound, Unprocessable
from programs.installation import find_program
from referrals.segments import Membership

USES_MAX: Final = 100_000
# No letter that is read as a digit or as another letter; fifty bits together.
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 10
_PURPOSE: Final = "segment word"

Guesser = tuple[bytes, int]


class NewWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word to be made: until when it lets agents in, and how many at most."""

    ends_at: Annotated[datetime, Meta(tz=True)]
    uses_max: Annotated[int, Meta(ge=1, le=USES_MAX)]


class Word(msgspec.Struct, frozen=True):
    """A word as it stands, without its text, which was shown once."""

    id: UUID
    segment: str
    ends_at: datetime
    uses_max: int
    uses: int
    created_at: datetime
    created_by: str
    stopped_at: datetime | None


class MadeWord(msgspec.Struct, frozen=True):
    """A new word with its text, to be printed or said."""

    id: UUID
    word: str
    segment: str
    ends_at: datetime
    uses_max: int


class SegmentWordRefused(Unprocessable):
    """One answer for a word that never was, is over, is used up, or is not for this agent."""

    slug = "segment_word_refused"
    title = "This word lets nobody in, or not you"


class WordOver(Unprocessable):
    slug = "word_over"
    title = "The word would be over before anybody can use it"


async def make(program_id: UUID, segment: str, new: NewWord, *, by: str) -> MadeWord:
    """Make a word by which agents join a segment. WordOver, NotFound."""
    async with transaction() as now:
        await find_program(program_id)
        if new.ends_at <= now:
            raise WordOver
        word_id, text = uuid7(), "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        await execute(
            """INSERT INTO segment_word (id, digest, program_id, segment, ends_at, uses_max, created_by)
               VALUES ($1, $2, $3, $4, $5, $6, $7)""",
            word_id,
            _digest(text),
            program_id,
            segment,
            new.ends_at,
            new.uses_max,
            by,
        )
        await audit.record(by, "segment.word", program_id=program_id, segment=segment, word_id=word_id)
    return MadeWord(word_id, f"{text[:5]}-{text[5:]}", segment, new.ends_at.astimezone(UTC), new.uses_max)


async def words(program_id: UUID, *, before: UUID | None = None, limit: int = 100) -> list[Word]:
    """The words of a program, the newest first."""
    await find_program(program_id)
    rows = await fetch(
        """SELECT id, segment, ends_at, uses_max, uses, created_at, created_by, stopped_at FROM segment_word
           WHERE program_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3""",
        program_id,
        before,
        limit,
    )
    return [Word(**row) for row in rows]


async def stop(program_id: UUID, word_id: UUID, *, by: str) -> Word:
    """Let a word let nobody in any more; whoever came by it stays. NotFound."""
    async with transaction():
        row = await fetch_row(
            """UPDATE segment_word SET stopped_at = coalesce(stopped_at, now()) WHERE program_id = $1 AND id = $2
               RETURNING id, segment, ends_at, uses_max, uses, created_at, created_by, stopped_at""",
            program_id,
            word_id,
        )
        if row is None:
            raise NotFound
        await audit.record(by, "segment.word_stop", program_id=program_id, segment=row["segment"], word_id=word_id)
    return Word(**row)


async def join(agent_id: UUID, text: str, *, guessers: Sequence[Guesser]) -> Membership:
    """Join a segment by a word; whoever is in it already stays so. SegmentWordRefused, RateLimited.

    A try is counted before it is judged, so that many at once are no more guesses, and taken back when it was right.
    """
    await _count(guessers)
    async with transaction() as now:
        joined = await _join(agent_id, text, now=now)
    if joined is None:
        raise SegmentWordRefused
    async with transaction():
        await guesses.take_back([subject for subject, _ in guessers])
    return joined


async def _join(agent_id: UUID, text: str, *, now: datetime) -> Membership | None:
    # Held, so that of thirty who come at once no more are let in than there is room for.
    word = await fetch_row("SELECT * FROM segment_word WHERE digest = $1 FOR UPDATE", _digest(_plain(text)))
    if word is None:
        return None
    member = await fetch_row(
        """SELECT program_id, segment, added_at AS since, removed_at AS until FROM segment_member
           WHERE program_id = $1 AND segment = $2 AND agent_id = $3""",
        word["program_id"],
        word["segment"],
        agent_id,
    )
    if member is not None:
        return Membership(**member) if member["until"] is None else None
    if not _lets_in(word, now):
        return None
    return await _let_in(agent_id, word, now=now)


def _lets_in(word: Any, now: datetime) -> bool:
    return word["stopped_at"] is None and now < word["ends_at"] and word["uses"] < word["uses_max"]


async def _let_in(agent_id: UUID, word: Any, *, now: datetime) -> Membership:
    since = await fetch_value(
        """INSERT INTO segment_member (id, program_id, segment, agent_id, added_at, added_by)
           VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING added_at""",
        uuid7(),
        word["program_id"],
        word["segment"],
        agent_id,
        now,
        f"word:{word['id']}",
    )
    # The maker, or another word of the same segment, may have let him in a moment ago.
    if since is not None:
        await execute("UPDATE segment_word SET uses = uses + 1 WHERE id = $1", word["id"])
    return Membership(word["program_id"], word["segment"], since or now)


async def _count(guessers: Sequence[Guesser]) -> None:
    async with transaction() as now:
        let_in = await guesses.count([guessers], now=now)
    for subject, most in guessers:
        if let_in.get(subject, 0) < 1:
            seconds = guesses.seconds_left(now)
            raise RateLimited(allowance=Allowance("guesses", most, 0, seconds), retry_after_seconds=seconds)


def _plain(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter not in " -\u2013\u00a0")


def _digest(text: str) -> bytes:
    return keys.pseudonym(text, _PURPOSE)
