"""The look: what has to be known before a batch of claims is judged, with the time, in one way to the database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec

from codes.claims import ScanRequest
from core import guesses
from core.db import looking
from programs.revision import Revision

_LOOK = f"""
WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::bytea[]) AS t (agent_id, client_key))
SELECT now(), (SELECT revision FROM code_revision) AS codes,
       (SELECT rules FROM program_revision) AS rules, (SELECT catalogue FROM program_revision) AS catalogue,
       EXISTS (SELECT FROM asked JOIN scan USING (agent_id, client_key))
           OR EXISTS (SELECT FROM asked JOIN held_scan USING (agent_id, client_key))
           OR EXISTS (SELECT FROM asked JOIN refused_scan USING (agent_id, client_key)) AS repeated,
       ARRAY({guesses.blocked("$3", "$4")}) AS silent
"""  # noqa: S608 - our own text.


class Look(msgspec.Struct, frozen=True):
    """What was seen: the time, what codes and rules stand at, whether any request came before, who has to be silent."""

    now: datetime
    codes: int
    rules: Revision
    repeated: bool
    silent: frozenset[bytes]


@asynccontextmanager
async def looked_at(requests: Sequence[ScanRequest]) -> AsyncIterator[Look]:
    """The transaction of a batch of claims, begun with a look at what concerns them."""
    subjects = dict(pair for request in requests for pair in request.subjects)
    async with looking(
        _LOOK,
        [request.agent_id for request in requests],
        [request.client_key for request in requests],
        list(subjects),
        list(subjects.values()),
    ) as seen:
        rules = Revision(seen["rules"] or 0, seen["catalogue"] or 0)
        yield Look(seen["now"], seen["codes"], rules, seen["repeated"], frozenset(seen["silent"]))
