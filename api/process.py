"""What one API process holds: settings, the doorbell, limits; made at its start, closed at its end."""

from collections.abc import Sequence
from typing import Any, cast

from litestar.connection import ASGIConnection
from redis.asyncio import Redis

from api.live import Live
from codes.claims import ScanRequest, Verdict
from codes.keyring import Keyring
from codes.promo_landings import Openings
from codes.scans import Judged, claim
from core.coalescer import Coalescer
from core.door import Door
from core.doorbell import Doorbell, plain_client
from core.limits import HourlyLimit
from core.photos import Photos
from core.settings import Settings
from referrals.devices import AgentCaller, callers_of

# Longer than that nobody waits for his turn at a wallet: if the database is slow, a client had better come again.
WALLET_SECONDS_MAX = 15.0
# A crowd that comes with one code is served in some seconds; a till that waits longer than this has lost its customer.
CHECKOUT_SECONDS_MAX = 30.0


class Process:
    """The parts that live as long as the process does."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.doorbell = Doorbell(settings.redis_url)
        self.redis: Redis = plain_client(settings.redis_url)
        self.live = Live(self.redis)
        self.keyring = Keyring()
        self.scans: Coalescer[ScanRequest, Verdict] = Coalescer(
            self.claim, batch_max=settings.scan_batch_max, queue_max=settings.scan_queue_max, at_once=1
        )
        self.agents: Coalescer[str, AgentCaller | None] = Coalescer(
            callers_of, batch_max=settings.scan_batch_max, queue_max=settings.scan_queue_max
        )
        self.checkout = Door(
            at_once=settings.orders_at_once, queue_max=settings.order_queue_max, wait_seconds_max=CHECKOUT_SECONDS_MAX
        )
        # A question waits for no agent's lock, and is not to wait for those who do.
        self.quotes = Door(
            at_once=max(1, settings.orders_at_once // 2),
            queue_max=settings.order_queue_max,
            wait_seconds_max=CHECKOUT_SECONDS_MAX,
        )
        # One wallet is one row to lock: whoever spends from it a hundred times at once holds up nobody but himself.
        self.wallets = Door(
            at_once=settings.orders_at_once, queue_max=settings.order_queue_max, wait_seconds_max=WALLET_SECONDS_MAX
        )
        # Stretching a password takes memory and a processor: whoever floods the door waits before it.
        self.logins = Door(at_once=2, queue_max=64)
        self.openings = Openings()
        self.photos = Photos(readers=settings.photo_readers, places=settings.photo_queue_max)
        self.photos_hourly = HourlyLimit(settings.redis_url, name="photo", most=settings.photos_per_agent_hour)
        self.handouts_hourly = HourlyLimit(settings.redis_url, name="handout", most=settings.handouts_per_agent_hour)
        self.enrolments = HourlyLimit(settings.redis_url, name="enrol", most=settings.enrolments_per_address_hour)
        self.site_enrolments = HourlyLimit(
            settings.redis_url, name="enrol_site", most=settings.enrolments_per_site_hour
        )

    async def claim(self, requests: Sequence[ScanRequest]) -> list[Judged]:
        """Judge claims with this process's keyring, and ring for the workers if any is new."""
        verdicts = await claim(requests, keyring=self.keyring)
        if any(isinstance(one, Verdict) and one.outcome == "new" for one in verdicts):
            self.doorbell.ring("drain")
        return verdicts

    async def close(self) -> None:
        await self.live.close()
        await self.photos.close()
        await self.openings.close()
        await self.scans.drained()
        await self.doorbell.close()
        await self.redis.aclose()


def process_of(request: ASGIConnection[Any, Any, Any, Any]) -> Process:
    """The process that serves this request."""
    return cast("Process", request.app.state.process)
