"""Attribution policies as the owner sets them, program by program."""

from uuid import UUID

import msgspec

from core import audit
from core.db import execute, fetch_value, transaction
from core.refusals import Unprocessable
from programs.attribution import DEFAULT_POLICY, AttributionPolicy, decode_policy
from programs.installation import find_program
from programs.revision import bump


class EvidenceRepeated(Unprocessable):
    slug = "evidence_repeated"
    title = "A kind of evidence stands in the order of priority twice"


async def policy_of(program_id: UUID) -> AttributionPolicy:
    """A program's policy, what everybody has where it has set none. NotFound."""
    await find_program(program_id)
    stored = await fetch_value("SELECT policy FROM attribution_policy WHERE program_id = $1", program_id)
    return decode_policy(stored) if stored else DEFAULT_POLICY


async def set_policy(program_id: UUID, policy: AttributionPolicy, *, by: str) -> AttributionPolicy:
    """Set a program's policy, all at once; what was attributed before stays as it is. NotFound, EvidenceRepeated."""
    if len(set(policy.priority)) < len(policy.priority):
        raise EvidenceRepeated
    async with transaction():
        await find_program(program_id)
        await execute(
            """INSERT INTO attribution_policy (program_id, policy) VALUES ($1, $2::json)
               ON CONFLICT (program_id) DO UPDATE SET policy = excluded.policy""",
            program_id,
            msgspec.json.encode(policy).decode(),
        )
        await audit.record(by, "attribution.set", program_id=program_id, policy=policy)
        await bump("rules")
    return policy
