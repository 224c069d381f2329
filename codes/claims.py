"""Claims: the rows behind scans, written for a whole batch, and the answer to who was first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from codes.identities import Identity
from codes.keyring import Item
from core.db import fetch
from core.idempotency import IdempotencyMismatch
from core.refusals import Conflict, DomainError, Unprocessable
from core.rows import columns, rows
from referrals.estimates import Expected

ACTIVE = "active"
# What is no longer sold is still paid for, until it expires.
PAYING = frozenset({ACTIVE, "closing"})


_CELLS = rows(
    first=2,
    id="uuid",
    code_key="bytea",
    agent_id="uuid",
    client_key="bytea",
    product_id="uuid",
    scanned_at="timestamptz",
    minor="bigint",
    asset="text",
    at="timestamptz",
)
_INSERT = f"""
INSERT INTO scan (id, code_key, agent_id, client_key, product_id, scanned_at, accepted_at, expected_minor,
                  expected_asset, expected_at)
SELECT id, code_key, agent_id, client_key, product_id, scanned_at, $1, minor, asset, at FROM ({_CELLS}) AS t
-- What an agent scanned before it was shipped waits for a person, who is not to be passed by a second scan.
WHERE NOT EXISTS (SELECT FROM held_scan h WHERE h.code_key = t.code_key AND h.agent_id = t.agent_id)
ON CONFLICT DO NOTHING RETURNING id
"""  # noqa: S608 - our own text.


class NotAccepted(Unprocessable):
    slug = "not_accepted"
    title = "This code is not accepted"


class AlreadyClaimed(Conflict):
    slug = "already_claimed"
    title = "Somebody has claimed this code already"


class ScanRequest(msgspec.Struct, frozen=True):
    """One claim: the readings of a text, whose it is, the caller's own key for it, and whose guess a wrong one is.

    Of the subjects of a guess the agent comes first, then his network, which silences whoever is not trusted.

    A text whose check symbol does not fit has no readings: it comes as it is misspelled. The identities are those under
    which it may have been imported.
    """

    readings: tuple[str, ...]
    agent_id: UUID
    client_key: bytes
    scanned_at: datetime | None
    subjects: tuple[tuple[bytes, int], ...]
    misspelled: tuple[str, ...] = ()
    identities: tuple[Identity, ...] = ()
    trusted: bool = False

    @property
    def spelled(self) -> tuple[str, ...]:
        """The text as it came, in whichever of the ways."""
        return self.readings or self.misspelled or tuple(one.text for one in self.identities)


class ScanView(msgspec.Struct, frozen=True):
    """A scan as its agent sees it, the same whenever he asks; a held one waits until its goods are on sale."""

    scan_id: UUID
    state: Literal["accepted", "held"]
    received_at: datetime
    product_id: UUID | None
    expected: Expected | None


class Verdict(msgspec.Struct, frozen=True):
    """What became of a claim: new, the repetition of an earlier request, or the agent's own from before.

    `read_as` tells the code that a misspelled text was taken for.
    """

    scan: ScanView
    outcome: Literal["new", "replayed", "already_yours"]
    read_as: str | None = None


class Claim(msgspec.Struct):
    """A request on its way through a batch; the watch walks over scans by the time in their ids."""

    id: UUID
    request: ScanRequest
    item: Item | None
    occurred_at: datetime
    verdict: Verdict | DomainError | None = None
    expected: Expected | None = None
    # What its agent is in, as far as a campaign looks at that.
    segments: frozenset[str] = frozenset()

    @property
    def code_key(self) -> bytes:
        return b"" if self.item is None else self.item.code.code_key

    @property
    def place(self) -> tuple[UUID, bytes]:
        return self.request.agent_id, self.request.client_key

    @property
    def active(self) -> bool:
        return self.item is not None and self.item.range.state in PAYING


async def insert_scans(claims: Sequence[Claim], *, now: datetime) -> list[Claim]:
    """Write the claims whose code nobody has claimed yet, and return them."""
    # One order of keys for everybody, so that two batches never wait for each other.
    in_order = sorted(claims, key=lambda one: one.code_key)
    expected = [one.expected for one in in_order]
    inserted = await fetch(
        _INSERT,
        now,
        *columns(
            [one.id for one in in_order],
            [one.code_key for one in in_order],
            [one.request.agent_id for one in in_order],
            [one.request.client_key for one in in_order],
            [one.item.batch.product_id for one in in_order if one.item is not None],
            [one.occurred_at for one in in_order],
            [one.amount_minor if one else None for one in expected],
            [one.asset if one else None for one in expected],
            [one.available_at if one else None for one in expected],
        ),
    )
    return _settled_as_new(claims, {row["id"] for row in inserted}, state="accepted", now=now)


async def insert_held(claims: Sequence[Claim], *, now: datetime) -> list[Claim]:
    """Write scans of codes that are not on sale yet, and return those that are new; they claim nothing."""
    in_order = sorted(claims, key=lambda one: one.code_key)
    inserted = await fetch(
        """INSERT INTO held_scan (id, code_key, agent_id, client_key, scanned_at, key_hash, received_at)
           SELECT *, $7 FROM unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::bytea[], $5::timestamptz[], $6::bytea[])
           ON CONFLICT DO NOTHING RETURNING id""",
        [one.id for one in in_order],
        [one.code_key for one in in_order],
        [one.request.agent_id for one in in_order],
        [one.request.client_key for one in in_order],
        [one.occurred_at for one in in_order],
        [one.item.code.key_hash if one.item is not None else None for one in in_order],
        now,
    )
    return _settled_as_new(claims, {row["id"] for row in inserted}, state="held", now=now)


async def ask_who_was_first(claims: Sequence[Claim]) -> None:
    """Judge the claims that met an earlier row: their own repetition, the agent's own code, or somebody else's."""
    if not claims:
        return
    found = await fetch(
        """WITH asked AS (
               SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::bytea[]) AS t (code_key, agent_id, client_key))
           SELECT 'accepted' AS state, id, code_key, agent_id, client_key, accepted_at AS received_at, product_id,
                  expected_minor, expected_asset, expected_at
           FROM scan WHERE code_key = ANY($1) OR id IN (SELECT s.id FROM asked JOIN scan s USING (agent_id, client_key))
           UNION ALL
           SELECT 'held', id, code_key, agent_id, client_key, received_at, NULL, NULL, NULL, NULL
           FROM held_scan WHERE id IN (SELECT h.id FROM asked JOIN held_scan h USING (code_key, agent_id)
                                       UNION SELECT h.id FROM asked JOIN held_scan h USING (agent_id, client_key))""",
        [one.code_key for one in claims],
        [one.request.agent_id for one in claims],
        [one.request.client_key for one in claims],
    )
    by_place = {(row["agent_id"], row["client_key"]): row for row in found}
    by_code = {row["code_key"]: row for row in found if row["state"] == "accepted"}
    held = {(row["code_key"], row["agent_id"]): row for row in found if row["state"] == "held"}
    for one in claims:
        own = held.get((one.code_key, one.request.agent_id))
        one.verdict = _against(one, by_place.get(one.place), by_code.get(one.code_key) or own)


def _against(one: Claim, same_request: Any, same_code: Any) -> Verdict | DomainError:
    if same_request is not None:
        if same_request["code_key"] != one.code_key:
            return IdempotencyMismatch()
        return Verdict(view_of(same_request), "replayed")
    if same_code is None or same_code["agent_id"] != one.request.agent_id:
        return AlreadyClaimed()
    return Verdict(view_of(same_code), "already_yours")


def view_of(row: Any) -> ScanView:
    """A scan from its row."""
    expected = None
    if row["expected_minor"] is not None:
        expected = Expected(row["expected_minor"], row["expected_asset"], row["expected_at"])
    return ScanView(row["id"], row["state"], row["received_at"], row["product_id"], expected)


def _settled_as_new(
    claims: Sequence[Claim], inserted: set[UUID], *, state: Literal["accepted", "held"], now: datetime
) -> list[Claim]:
    new = [one for one in claims if one.id in inserted]
    for one in new:
        # A held scan says nothing of the goods: they are not on sale yet.
        product_id = one.item.batch.product_id if one.item is not None and state == "accepted" else None
        one.verdict = Verdict(ScanView(one.id, state, now, product_id, one.expected), "new")
    return new
