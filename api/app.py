"""The API, put together: routes, callers, problems, limits, the documents about itself."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler

from api import (
    access_keys,
    activations,
    admin_pages,
    advertising,
    agents,
    app_files,
    attribution,
    batches,
    budgets,
    campaigns,
    cartons,
    clawbacks,
    code_pages,
    colours,
    console_beginning,
    console_groups,
    console_pages,
    console_tables,
    desk_pages,
    devices,
    dispute_queue,
    disputes,
    downloads,
    drawings,
    feed_events,
    fiscal_keys,
    handouts,
    health,
    imports,
    inspections,
    jobs,
    journal,
    leaks,
    offline,
    operations,
    orders,
    pages,
    passkeys,
    photos,
    print_orders,
    printed_files,
    products,
    programs,
    promo_codes,
    promo_pages,
    push,
    receipt_exports,
    receipt_feeds,
    receipt_reviews,
    receipt_sources,
    receipts,
    recovery,
    reports,
    reviews,
    reward_orders,
    rewards,
    risk_events,
    sales_files,
    scans,
    segment_words,
    segments,
    settlement_disputes,
    settlements,
    shipments,
    shop_settlements,
    shops,
    showcase,
    staff,
    staff_me,
    staff_pages,
    stories,
    terminals,
    terms,
    till_pages,
    till_shifts,
    till_vouchers,
    voids,
    vouchers,
    wallet,
)
from api.access_log import access_log
from api.bodies import StrictRequest
from api.callers import refuse_unguarded
from api.openapi import openapi_config
from api.problems import on_bug, on_http_exception, on_refusal
from api.process import Process
from api.schemas import BoundedTuples
from core import destroyed, keys, log, peppers
from core.db import close_pool, open_pool
from core.refusals import DomainError
from core.settings import Settings, load

ROUTES: list[ControllerRouterHandler] = [
    health.live,
    health.ready,
    health.metrics,
    *pages.ROUTES,
    *admin_pages.ROUTES,
    *code_pages.ROUTES,
    *promo_pages.ROUTES,
    *app_files.ROUTES,
    *showcase.ROUTES,
    *agents.ROUTES,
    *devices.ROUTES,
    *recovery.ROUTES,
    *passkeys.ROUTES,
    *scans.ROUTES,
    *photos.ROUTES,
    *receipts.ROUTES,
    *receipt_reviews.ROUTES,
    *receipt_exports.ROUTES,
    *feed_events.ROUTES,
    *receipt_feeds.ROUTES,
    *receipt_sources.ROUTES,
    *fiscal_keys.ROUTES,
    *wallet.ROUTES,
    *stories.ROUTES,
    *journal.ROUTES,
    *disputes.ROUTES,
    *push.ROUTES,
    *programs.ROUTES,
    *products.ROUTES,
    *shops.ROUTES,
    *terms.ROUTES,
    *campaigns.ROUTES,
    *budgets.ROUTES,
    *reports.ROUTES,
    *advertising.ROUTES,
    *batches.ROUTES,
    *imports.ROUTES,
    *cartons.ROUTES,
    *shipments.ROUTES,
    *activations.ROUTES,
    *leaks.ROUTES,
    *voids.ROUTES,
    *reviews.ROUTES,
    *inspections.ROUTES,
    *print_orders.ROUTES,
    *downloads.ROUTES,
    *printed_files.ROUTES,
    *drawings.ROUTES,
    *jobs.ROUTES,
    *promo_codes.ROUTES,
    *handouts.ROUTES,
    *segments.ROUTES,
    *segment_words.ROUTES,
    *colours.ROUTES,
    *orders.ROUTES,
    *attribution.ROUTES,
    *terminals.ROUTES,
    *offline.ROUTES,
    *sales_files.ROUTES,
    *settlements.ROUTES,
    *shop_settlements.ROUTES,
    *settlement_disputes.ROUTES,
    *rewards.ROUTES,
    *reward_orders.ROUTES,
    *vouchers.ROUTES,
    *clawbacks.ROUTES,
    *operations.ROUTES,
    *dispute_queue.ROUTES,
    *risk_events.ROUTES,
    *access_keys.ROUTES,
    *staff.ROUTES,
    *staff_me.ROUTES,
    *staff_pages.ROUTES,
    *desk_pages.ROUTES,
    *console_beginning.ROUTES,
    *console_pages.ROUTES,
    *console_tables.ROUTES,
    *console_groups.ROUTES,
    *till_pages.ROUTES,
    *till_shifts.ROUTES,
    *till_vouchers.ROUTES,
]


def create_app(settings: Settings | None = None) -> Litestar:
    """The application; settings come from the environment unless given."""
    settings = settings or load()
    log.configure(settings.log_level)
    app = Litestar(
        route_handlers=ROUTES,
        request_class=StrictRequest,
        plugins=[BoundedTuples()],
        lifespan=[_running],
        exception_handlers={
            DomainError: on_refusal,
            HTTPException: on_http_exception,
            Exception: on_bug,
        },
        middleware=[access_log],
        openapi_config=openapi_config(settings),
        request_max_body_size=settings.body_limit_bytes,
        logging_config=None,
        debug=False,
    )
    app.state.settings = settings
    refuse_unguarded(app)
    return app


@asynccontextmanager
async def _running(app: Litestar) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    keys.use(keys.load(settings))
    destroyed.keep_in(settings.destroyed_log)
    await open_pool(
        settings.database_url,
        size=settings.database_pool_size,
        statement_cache=settings.database_statement_cache,
    )
    await peppers.load()
    await destroyed.apply()
    app.state.process = Process(settings)
    # What was made while starting lives as long as the process: the collector need never look at it again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    try:
        yield
    finally:
        await app.state.process.close()
        await close_pool()
