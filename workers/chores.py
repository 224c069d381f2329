"""The chores of an installation, with their pace."""

from functools import partial

import structlog
from redis.asyncio import Redis

from codes import (
    checkout,
    forgotten_customers,
    offline_covers,
    plans,
    repetitions,
    settlements,
    sold_lines,
    tries,
    unprinted,
)
from codes.attribution_proofs import PROOFS as ATTRIBUTION_PROOFS
from codes.guessing import judge_guesses
from codes.order_proofs import PROOFS as ORDER_PROOFS
from codes.proofs import PROOFS as CODE_PROOFS
from codes.settlement_proofs import PROOFS as SETTLEMENT_PROOFS
from codes.watch import watch
from core import audit_chain, guesses, idempotency, proofs, sessions
from core.audit_chain import PROOFS as AUDIT_PROOFS
from core.settings import Settings
from programs.proofs import PROOFS as PROGRAM_PROOFS
from receipts import asking, fed, feed_events, later_goods, pictures
from receipts import intake as receipts
from receipts.asking import Pace
from receipts.proofs import PROOFS as RECEIPT_PROOFS
from receipts.sources import registry
from referrals import challenges, links, notices, possession
from referrals.expiries import expire_all_due
from referrals.habits import judge_enrolments, judge_returns
from referrals.proofs import PROOFS as REFERRAL_PROOFS
from referrals.purchase_proofs import PROOFS as PURCHASE_PROOFS
from referrals.releases import release_all_due
from referrals.risk_decisions import carry_out
from referrals.spending import free_all_overdue
from rewards.proofs import PROOFS as REWARD_PROOFS
from wallets import chain
from wallets.proofs import PROOFS as WALLET_PROOFS
from workers.relay import relay
from workers.schedule import Chore

PROOFS = (
    *AUDIT_PROOFS,
    *WALLET_PROOFS,
    *PROGRAM_PROOFS,
    *REFERRAL_PROOFS,
    *PURCHASE_PROOFS,
    *CODE_PROOFS,
    *RECEIPT_PROOFS,
    *ORDER_PROOFS,
    *ATTRIBUTION_PROOFS,
    *SETTLEMENT_PROOFS,
    *REWARD_PROOFS,
)

_log = structlog.get_logger()


def quick_chores(redis: Redis) -> list[Chore]:
    """What somebody waits for."""

    async def tell() -> None:
        while await relay(redis):
            pass

    return [
        Chore("release", 1, release_all_due),
        Chore("seal", 2, chain.seal),
        Chore("seal_audit", 10, audit_chain.seal),
        Chore("expire", 10, expire_all_due),
        Chore("release_spends", 10, free_all_overdue),
        Chore("release_orders", 10, release_orders),
        Chore("uncover", 10, offline_covers.take_back_due),
        Chore("receipts", 5, receipts.carry_out_due),
        Chore("later_goods", 5, later_goods.carry_out_due),
        Chore("fed_returns", 5, feed_events.carry_out_returns),
        Chore("range_plans", 10, plans.carry_out_due),
        Chore("relay", 1, tell),
    ]


def watch_chores() -> list[Chore]:
    """What looks for those who cheat; a person decides about what it finds, and then it is carried out."""
    return [
        Chore("watch", 5, watch),
        Chore("watch_guesses", 120, judge_guesses),
        Chore("watch_returns", 300, judge_returns),
        Chore("watch_enrolments", 300, judge_enrolments),
        Chore("carry_out", 2, carry_out),
    ]


def slow_chores(settings: Settings) -> list[Chore]:
    """What may take minutes, and has to keep none of the others waiting for so long."""
    patience = Pace(wait_days=settings.receipt_wait_days)
    return [
        Chore("warn_of_expiries", 3_600, notices.warn_of_expiries),
        Chore("forget", 3_600, forget),
        Chore("forget_pictures", 3_600, partial(pictures.forget_old, settings.receipt_photo_days)),
        Chore("silent_issuers", 3_600, partial(asking.give_up_silent, registry.sources(settings), patience)),
        Chore("lapse_print_orders", 3_600, unprinted.lapse_overdue),
        Chore("close_months", 3_600, settlements.close_due),
        Chore("sold_lines", 10, sold_lines.tell),
        Chore("verify", settings.verify_every_seconds, verify),
    ]


async def release_orders() -> None:
    """Free what reservations held beyond their time."""
    while await checkout.expire_overdue():
        pass


async def forget() -> None:
    """Drop what is no longer needed: kept answers, guesses of past hours, proofs and requests that are stale anyway."""
    await idempotency.forget_old()
    await guesses.forget_old()
    await repetitions.forget_old()
    await tries.forget_old()
    await possession.forget_old()
    await links.forget_old()
    await challenges.forget_old()
    await fed.forget_old()
    await forgotten_customers.forget_due()
    await sessions.forget_old()


async def verify() -> None:
    """Prove every invariant; what a failed proof touches can no longer be spent, until a person has looked."""
    verdicts = await proofs.run(PROOFS)
    failed = [verdict for verdict in verdicts if not verdict.holds]
    if failed:
        frozen = await proofs.freeze(failed, by="verify")
        _log.critical("verify.failed", proofs=[verdict.name for verdict in failed], frozen=frozen)
