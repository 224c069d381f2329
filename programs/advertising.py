"""Advertising: the marks that a campaign's pictures carry where they are published online."""

from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core import audit
from core.db import execute, fetch_row, transaction
from core.ids import uuid7
from core.refusals import Conflict
from core.text import Key, Name
from programs.installation import find_program
from programs.lifecycle import find_campaign

Mark = Literal["word", "advertiser", "token"]
Token = Annotated[str, Meta(min_length=1, max_length=80, pattern="^[A-Za-z0-9._:-]+(?![\\s\\S])")]


class Profile(msgspec.Struct, frozen=True):
    """What a country asks of advertising online, and what stands there before a token."""

    required: tuple[Mark, ...] = ()
    token_prefix: str = ""


# By country; one that is not here asks for nothing. The word "Реклама", who advertises, and the token of the register.
PROFILES: Final = {"RU": Profile(required=("word", "advertiser", "token"), token_prefix="erid: ")}  # noqa: S106 - no password.


class AdvertisingMarksMissing(Conflict):
    slug = "advertising_marks_missing"
    title = "The campaign lacks marks without which nothing of it may be published online"


class Marks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A campaign's marks, as far as they are set."""

    word: Key | None = None
    advertiser: Name | None = None
    token: Token | None = None


class Advertising(msgspec.Struct, frozen=True):
    """A campaign's marks, which of them its country's profile requires, and which of these are missing."""

    campaign_id: UUID
    marks: Marks
    required: tuple[Mark, ...]
    missing: tuple[Mark, ...]


async def put_marks(campaign_id: UUID, marks: Marks, *, by: str) -> Advertising:
    """Set a campaign's marks, all at once. NotFound."""
    async with transaction():
        await find_campaign(campaign_id)
        await execute(
            """INSERT INTO advertising_mark (id, campaign_id, word, advertiser, token) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (campaign_id) DO UPDATE SET word = $3, advertiser = $4, token = $5, changed_at = now()""",
            uuid7(),
            campaign_id,
            *msgspec.structs.astuple(marks),
        )
        await audit.record(by, "campaign.advertising", campaign_id=campaign_id, marks=marks)
        return await advertising(campaign_id)


async def advertising(campaign_id: UUID) -> Advertising:
    """A campaign's marks beside what its country asks for. NotFound."""
    campaign = await find_campaign(campaign_id)
    program = await find_program(campaign.program_id)
    marks = await marks_of(campaign_id)
    required = _profile(program.jurisdiction).required
    return Advertising(campaign_id, marks, required, missing(marks, program.jurisdiction))


async def marks_of(campaign_id: UUID) -> Marks:
    """A campaign's marks; none where nobody has set any."""
    row = await fetch_row("SELECT word, advertiser, token FROM advertising_mark WHERE campaign_id = $1", campaign_id)
    return Marks(*row.values()) if row else Marks()


def missing(marks: Marks, jurisdiction: str) -> tuple[Mark, ...]:
    """The marks that a country requires and that are not there."""
    return tuple(mark for mark in _profile(jurisdiction).required if not (getattr(marks, mark) or "").strip())


def told(marks: Marks, jurisdiction: str) -> str:
    """The marks as they stand in a picture: «Реклама. ООО «Завод». erid: 2Vtzqx…»; nothing where there are none."""
    token = f"{_profile(jurisdiction).token_prefix}{marks.token}" if marks.token else ""
    words = ((marks.word or "").strip(), (marks.advertiser or "").strip().rstrip("."), token)
    return ". ".join(filter(None, words))


def _profile(jurisdiction: str) -> Profile:
    return PROFILES.get(jurisdiction, Profile())
