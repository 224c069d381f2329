"""Health for whoever watches the processes, and metrics for Prometheus."""

import asyncio
from os import environ
from typing import Any, Final, Literal

import msgspec
from litestar import Request, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Gauge, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from api.callers import anybody
from api.problems import refuses
from core.db import DatabaseUnavailable, fetch_row, pool
from core.refusals import DomainError
from referrals import risks
from referrals.risks import RiskKind
from rewards import catalogue
from wallets import holds

_ANSWER_SECONDS_MAX: Final = 3


class Health(msgspec.Struct, frozen=True):
    """`ok` when it is; what is down stands in the refusal otherwise."""

    status: Literal["ok"]


@get("/health/live", guards=[anybody], tags=["operations"], operation_id="health_live", responses=refuses())
async def live() -> Health:
    """The process answers; it says nothing of what it leans on."""
    return Health("ok")


@get("/health/ready", guards=[anybody], tags=["operations"], operation_id="health_ready", responses=refuses())
async def ready(request: Request[Any, Any, Any]) -> Health:
    """The process can serve: the database answers. Valkey is not needed to accept anything."""
    try:
        # Whoever is cut off in the middle of a question waits for the silent server once more, to take it back.
        async with asyncio.timeout(_ANSWER_SECONDS_MAX):
            row = await asyncio.shield(fetch_row("SELECT 1 FROM epoch"))
    except DomainError:
        raise
    except Exception as lost:
        raise DatabaseUnavailable(detail="the database does not answer") from lost
    if row is None:
        raise DatabaseUnavailable(detail="the database is not migrated")
    return Health("ok")


@get("/metrics", guards=[anybody], include_in_schema=False)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Counters of all processes, and the backlog as the database sees it."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        counted = generate_latest(registry)
    else:
        counted = generate_latest(REGISTRY)
    return Response(counted + generate_latest(await _backlog()), media_type=CONTENT_TYPE_LATEST)


async def _backlog() -> CollectorRegistry:
    row = await fetch_row(
        """SELECT (SELECT count(*) FROM activity_queue WHERE parked_at IS NULL) AS queued,
                  (SELECT count(*) FROM activity_queue WHERE parked_at IS NOT NULL) AS parked,
                  (SELECT coalesce(extract(epoch FROM now() - min(queued_at)), 0)::float8 FROM activity_queue
                   WHERE parked_at IS NULL) AS age,
                  (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM outbox) AS lag,
                  (SELECT count(*) FROM job WHERE state IN ('queued', 'running')) AS jobs,
                  (SELECT count(*) FROM job WHERE state = 'running' AND lease_until < now()) AS stuck,
                  (SELECT count(*) FROM (
                      (SELECT FROM lot WHERE state = 'pending' AND holds = 0 AND releases_at <= now() LIMIT 1000)
                      UNION ALL
                      (SELECT FROM lot WHERE state = 'available' AND remaining_minor > 0 AND expires_at <= now()
                       LIMIT 1000)
                      UNION ALL
                      (SELECT FROM spend WHERE state = 'reserved' AND expires_at <= now() LIMIT 1000)
                      UNION ALL
                      (SELECT FROM promo_order WHERE state = 'held' AND expires_at <= now() LIMIT 1000)) AS due)
                      AS overdue,
                  (SELECT count(*) FROM unsealed_batch) AS unsealed,
                  (SELECT count(*) FROM switch) AS switches"""
    )
    registry = CollectorRegistry()
    for name, told, value in (
        ("naparnik_backlog", "Activities that wait for the rules", row["queued"] if row else 0),
        ("naparnik_parked", "Activities parked with a reason", row["parked"] if row else 0),
        ("naparnik_backlog_age_seconds", "Age of the oldest waiting activity", row["age"] if row else 0),
        ("naparnik_outbox_lag_seconds", "Age of the oldest untold news", row["lag"] if row else 0),
        ("naparnik_jobs_open", "Jobs that wait or run", row["jobs"] if row else 0),
        ("naparnik_overdue", "Money whose time has come and is not moved yet", row["overdue"] if row else 0),
        ("naparnik_stuck_jobs", "Jobs whose worker let their lease run out", row["stuck"] if row else 0),
        ("naparnik_unsealed_batches", "Batches of transfers not yet in the chain", row["unsealed"] if row else 0),
        ("naparnik_switches_on", "Switches that are thrown", row["switches"] if row else 0),
        ("naparnik_pool_size", "Connections of this process's pool", pool().get_size()),
        ("naparnik_pool_idle", "Idle connections of this process's pool", pool().get_idle_size()),
    ):
        Gauge(name, told, registry=registry).set(value)
    await _suspected(registry)
    await _stocked(registry)
    return registry


async def _suspected(registry: CollectorRegistry) -> None:
    events = Gauge("naparnik_risk_events_open", "Suspicions that wait for a person", ["kind"], registry=registry)
    for kind, count in (dict.fromkeys(RiskKind, 0) | await risks.open_by_kind()).items():
        events.labels(kind).set(count)
    held = Gauge("naparnik_held_minor", "Pending minor units that suspicions hold", ["asset"], registry=registry)
    for asset, minor in (await holds.held_minor()).items():
        held.labels(asset).set(minor)


async def _stocked(registry: CollectorRegistry) -> None:
    left = Gauge("naparnik_gift_cards_left", "Gift cards in stock, to a thousand", ["reward"], registry=registry)
    for reward in await catalogue.gift_cards():
        left.labels(str(reward.id)).set(reward.stock or 0)
