"""Repetitions: a request that came before gets the same answer, and is neither a second claim nor a second guess."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from codes.claims import AlreadyClaimed, Claim, NotAccepted, Verdict, view_of
from codes.readings import CheckFailed
from core import keys
from core.db import execute, fetch
from core.idempotency import KEPT_DAYS, IdempotencyMismatch
from core.refusals import DomainError

_REFUSALS: dict[str, type[DomainError]] = {kind.slug: kind for kind in (NotAccepted, AlreadyClaimed, CheckFailed)}
_TEXT_PURPOSE = "refused code"

# Two whole queues of a phone. A refusal of a real code is no guess, so nothing else bounds what one agent can fill up;
# the repetition of one that was forgotten is judged anew, and by then only repeats it.
REFUSED_MAX = 1_000

# The last one found counts, so that a claim says more than a refusal.
_RECALL = """
WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::bytea[]) AS t (agent_id, client_key))
SELECT 'refused' AS state, r.id, NULL::bytea AS code_key, agent_id, client_key, at AS received_at,
       NULL::uuid AS product_id, NULL::bigint AS expected_minor, NULL AS expected_asset,
       NULL::timestamptz AS expected_at, text_hash, slug
FROM asked JOIN refused_scan r USING (agent_id, client_key)
UNION ALL
SELECT 'held', h.id, code_key, agent_id, client_key, received_at, NULL, NULL, NULL, NULL, NULL, NULL
FROM asked JOIN held_scan h USING (agent_id, client_key)
UNION ALL
SELECT 'accepted', s.id, code_key, agent_id, client_key, accepted_at, product_id, expected_minor, expected_asset,
       expected_at, NULL, NULL
FROM asked JOIN scan s USING (agent_id, client_key)
"""

# One order for everybody, so that two batches never wait for each other.
_HOLD = """
SELECT pg_advisory_xact_lock(place) FROM (
    SELECT DISTINCT hashtextextended('refused of ' || agent_id, 0) AS place FROM unnest($1::uuid[]) AS t (agent_id)
    ORDER BY place) AS places
"""
_KEEP = """
INSERT INTO refused_scan (agent_id, client_key, text_hash, slug, at)
SELECT *, $5 FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::text[]) ON CONFLICT DO NOTHING
"""
_FORGET_BEYOND = """
DELETE FROM refused_scan WHERE id IN (
    SELECT beyond.id FROM unnest($1::uuid[]) AS t (agent_id) CROSS JOIN LATERAL (
        SELECT id FROM refused_scan r WHERE r.agent_id = t.agent_id ORDER BY at DESC, id DESC OFFSET $2) AS beyond)
"""


def firsts_of(claims: Iterable[Claim]) -> list[Claim]:
    """One claim for each request: a phone may send the same one twice in a batch."""
    firsts: dict[object, Claim] = {}
    for one in claims:
        firsts.setdefault(one.place, one)
    return list(firsts.values())


async def recall(claims: Sequence[Claim]) -> None:
    """Give requests that were answered before the same answer; joins the caller's transaction."""
    rows = await fetch(
        _RECALL,
        [one.request.agent_id for one in claims],
        [one.request.client_key for one in claims],
    )
    before = {(row["agent_id"], row["client_key"]): row for row in rows}
    for one in claims if before else ():
        row = before.get(one.place)
        if row is not None:
            one.verdict = _again(one, row)


def repeat(claims: Iterable[Claim], firsts: Iterable[Claim]) -> None:
    """Answer those that came twice in a batch as the first of them was answered."""
    answered = {one.place: one for one in firsts}
    for one in claims:
        if one.verdict is None:
            first = answered[one.place]
            one.verdict = first.verdict
            if one.request.spelled != first.request.spelled:
                one.verdict = IdempotencyMismatch()
            elif isinstance(first.verdict, Verdict) and first.verdict.outcome == "new":
                one.verdict = Verdict(first.verdict.scan, "replayed")


async def keep_refused(claims: Iterable[Claim], *, now: datetime) -> None:
    """Remember refusals for the repetition of their requests, of each agent the newest; joins the caller's transaction.

    An agent has one writer at a time until it ends, so that there are never more than the most.
    """
    refused = [
        (*one.place, _text_hash(one), one.verdict.slug)
        for one in claims
        if isinstance(one.verdict, DomainError) and one.verdict.slug in _REFUSALS
    ]
    if refused:
        agents, client_keys, hashes, slugs = zip(*refused, strict=True)
        await execute(_HOLD, agents)
        await execute(_KEEP, agents, client_keys, hashes, slugs, now)
        await execute(_FORGET_BEYOND, list(set(agents)), REFUSED_MAX)


async def forget_old() -> None:
    """Drop refusals that are older than any repetition of their requests."""
    await execute("DELETE FROM refused_scan WHERE at < now() - make_interval(days => $1)", KEPT_DAYS)


def _again(one: Claim, row: Any) -> Verdict | DomainError:
    if row["state"] == "refused":
        return _refused_again(one, row)
    return Verdict(view_of(row), "replayed") if row["code_key"] == one.code_key else IdempotencyMismatch()


def _refused_again(one: Claim, row: Any) -> DomainError:
    if row["text_hash"] != _text_hash(one):
        return IdempotencyMismatch()
    refusal = _REFUSALS[row["slug"]]()
    refusal.repeated = True
    return refusal


def _text_hash(one: Claim) -> bytes:
    return keys.pseudonym(one.request.spelled[0], _TEXT_PURPOSE)
