"""The chores of an installation, with their pace."""

import structlog
from redis.asyncio import Redis

from codes.proofs import PROOFS as CODE_PROOFS
from core import idempotency, proofs
from core.db import execute
from core.settings import Settings
from programs.proofs import PROOFS as PROGRAM_PROOFS
from referrals.proofs import PROOFS as REFERRAL_PROOFS
from referrals.releases import release_all_due
from wallets import chain, credits, spends
from wallets.proofs import PROOFS as WALLET_PROOFS
from workers.relay import relay
from workers.schedule import Chore

PROOFS = (*WALLET_PROOFS, *PROGRAM_PROOFS, *REFERRAL_PROOFS, *CODE_PROOFS)

_log = structlog.get_logger()


def chores(settings: Settings, redis: Redis) -> list[Chore]:
    """Everything that is done by schedule."""

    async def tell() -> None:
        await relay(redis)

    return [
        Chore("release", 1, release_all_due),
        Chore("relay", 1, tell),
        Chore("seal", 2, chain.seal),
        Chore("expire", 10, credits.expire_due),
        Chore("release_spends", 10, spends.release_expired),
        Chore("forget", 3_600, forget),
        Chore("verify", settings.verify_every_seconds, verify),
    ]


async def forget() -> None:
    """Drop what is no longer needed: kept answers, guesses of past hours, proofs that are stale anyway."""
    await idempotency.forget_old()
    await execute("DELETE FROM guess WHERE hour < now() - interval '2 hours'")
    await execute("DELETE FROM refused_scan WHERE at < now() - interval '7 days'")
    await execute("DELETE FROM used_proof WHERE expires_at < now()")


async def verify() -> None:
    """Prove every invariant; what a failed proof touches can no longer be spent, until a person has looked."""
    verdicts = await proofs.run(PROOFS)
    failed = [verdict for verdict in verdicts if not verdict.holds]
    if failed:
        frozen = await proofs.freeze(failed, by="verify")
        _log.critical("verify.failed", proofs=[verdict.name for verdict in failed], frozen=frozen)
