"""The chores of an installation, with their pace."""

import structlog
from redis.asyncio import Redis

from codes import repetitions
from codes.proofs import PROOFS as CODE_PROOFS
from core import guesses, idempotency, proofs
from core.settings import Settings
from programs.proofs import PROOFS as PROGRAM_PROOFS
from referrals import links, possession
from referrals.proofs import PROOFS as REFERRAL_PROOFS
from referrals.releases import release_all_due
from wallets import chain
from wallets.credits import expire_due
from wallets.proofs import PROOFS as WALLET_PROOFS
from wallets.spends import release_expired
from workers.relay import relay
from workers.schedule import Chore

PROOFS = (*WALLET_PROOFS, *PROGRAM_PROOFS, *REFERRAL_PROOFS, *CODE_PROOFS)

_log = structlog.get_logger()


def quick_chores(redis: Redis) -> list[Chore]:
    """What somebody waits for."""

    async def tell() -> None:
        while await relay(redis):
            pass

    return [
        Chore("release", 1, release_all_due),
        Chore("seal", 2, chain.seal),
        Chore("expire", 10, expire_due),
        Chore("release_spends", 10, release_expired),
        Chore("relay", 1, tell),
    ]


def slow_chores(settings: Settings) -> list[Chore]:
    """What may take minutes, and has to keep none of the others waiting for so long."""
    return [
        Chore("forget", 3_600, forget),
        Chore("verify", settings.verify_every_seconds, verify),
    ]


async def forget() -> None:
    """Drop what is no longer needed: kept answers, guesses of past hours, proofs and requests that are stale anyway."""
    await idempotency.forget_old()
    await guesses.forget_old()
    await repetitions.forget_old()
    await possession.forget_old()
    await links.forget_old()


async def verify() -> None:
    """Prove every invariant; what a failed proof touches can no longer be spent, until a person has looked."""
    verdicts = await proofs.run(PROOFS)
    failed = [verdict for verdict in verdicts if not verdict.holds]
    if failed:
        frozen = await proofs.freeze(failed, by="verify")
        _log.critical("verify.failed", proofs=[verdict.name for verdict in failed], frozen=frozen)
