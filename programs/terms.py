"""Terms: public texts in both languages, versioned, and which agent agreed to which of them."""

import hashlib
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from core import audit
from core.db import execute, fetch, fetch_row, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from core.text import Key

# Paragraphs are meant here; what could disguise a text is not.
Body = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200_000,
        pattern="^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f\\u202a-\\u202e]*$",
    ),
]


class TermsChanged(Conflict):
    slug = "terms_changed"
    title = "This is not the text that was shown; read it again"


class TermsNotAccepted(Conflict):
    """Facts: the `terms_id` of the text in force, its `sha256`."""

    slug = "terms_not_accepted"
    title = "Whoever takes part agrees to a text first"


class NewTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text to be published, as the next version of its name."""

    name: Key
    text_ru: Body
    text_en: Body


class Terms(msgspec.Struct, frozen=True):
    """A published text; its hash, in hexadecimal digits, is what an agent agrees to."""

    id: UUID
    program_id: UUID
    name: str
    version: int
    text_ru: str
    text_en: str
    sha256: str
    published_at: datetime


class Acceptance(msgspec.Struct, frozen=True):
    """An agent's yes to a version."""

    terms_id: UUID
    name: str
    version: int
    sha256: str
    accepted_at: datetime


_VIEW = """
SELECT id, program_id, name, version, text_ru, text_en, encode(sha256, 'hex') AS sha256, published_at FROM terms
"""


async def publish_terms(program_id: UUID, new: NewTerms, *, by: str) -> Terms:
    """Publish a text; the same text again is the version that it was."""
    async with transaction():
        # Versions of a program are numbered one at a time.
        if await fetch_row("SELECT FROM program WHERE id = $1 FOR NO KEY UPDATE", program_id) is None:
            raise NotFound
        newest = await _newest(program_id, new.name)
        if newest is not None and newest.sha256 == digest(new.text_ru, new.text_en):
            return newest
        terms_id = uuid7()
        await execute(
            """INSERT INTO terms (id, program_id, name, version, text_ru, text_en, sha256)
               VALUES ($1, $2, $3, $4, $5, $6, decode($7, 'hex'))""",
            terms_id,
            program_id,
            new.name,
            newest.version + 1 if newest else 1,
            new.text_ru,
            new.text_en,
            digest(new.text_ru, new.text_en),
        )
        await audit.record(by, "terms.publish", terms_id=terms_id, name=new.name)
        return await find_terms(terms_id)


async def accept_terms(terms_id: UUID, *, agent_id: UUID, sha256: str) -> Acceptance:
    """Keep an agent's yes to the text of this hash; saying it again changes nothing."""
    async with transaction():
        terms = await find_terms(terms_id)
        if sha256 != terms.sha256:
            raise TermsChanged(terms_id=terms_id, sha256=terms.sha256)
        await execute(
            """INSERT INTO terms_acceptance (id, agent_id, terms_id, version, sha256)
               VALUES ($1, $2, $3, $4, decode($5, 'hex')) ON CONFLICT DO NOTHING""",
            uuid7(),
            agent_id,
            terms_id,
            terms.version,
            terms.sha256,
        )
        return next(one for one in await accepted_terms(agent_id) if one.terms_id == terms_id)


async def accepted_terms(agent_id: UUID) -> list[Acceptance]:
    """Everything an agent said yes to, the latest first."""
    rows = await fetch(
        """SELECT a.terms_id, t.name, a.version, encode(a.sha256, 'hex') AS sha256, a.accepted_at
           FROM terms_acceptance a JOIN terms t ON t.id = a.terms_id
           WHERE a.agent_id = $1 ORDER BY a.accepted_at DESC""",
        agent_id,
    )
    return [Acceptance(*row.values()) for row in rows]


async def in_force(terms_id: UUID) -> Terms:
    """The text that a text has become: the newest version of its name."""
    found = await find_terms(terms_id)
    return await _newest(found.program_id, found.name) or found


async def refuse_unaccepted(terms_id: UUID, *, agent_id: UUID) -> None:
    """TermsNotAccepted unless the agent said yes to the text in force."""
    text = await in_force(terms_id)
    accepted = await fetch_row("SELECT FROM terms_acceptance WHERE agent_id = $1 AND terms_id = $2", agent_id, text.id)
    if accepted is None:
        raise TermsNotAccepted(terms_id=text.id, sha256=text.sha256)


async def find_terms(terms_id: UUID) -> Terms:
    """A published text by its id."""
    row = await fetch_row(_VIEW + "WHERE id = $1", terms_id)
    if row is None:
        raise NotFound
    return _terms(row)


async def newest_terms(program_id: UUID) -> list[Terms]:
    """The newest version of each of a program's texts."""
    rows = await fetch(
        _VIEW.replace("SELECT", "SELECT DISTINCT ON (name)") + "WHERE program_id = $1 ORDER BY name, version DESC",
        program_id,
    )
    return [_terms(row) for row in rows]


def digest(text_ru: str, text_en: str) -> str:
    """The SHA-256 of both texts, a zero byte between them."""
    return hashlib.sha256(f"{text_ru}\0{text_en}".encode()).hexdigest()


async def _newest(program_id: UUID, name: str) -> Terms | None:
    row = await fetch_row(_VIEW + "WHERE program_id = $1 AND name = $2 ORDER BY version DESC LIMIT 1", program_id, name)
    return _terms(row) if row else None


def _terms(row: Any) -> Terms:
    return Terms(*row.values())
