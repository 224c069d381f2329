"""The API, put together: routes, callers, problems, limits, the documents about itself."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler

from api import (
    access_keys,
    agents,
    batches,
    budgets,
    campaigns,
    clawbacks,
    devices,
    dispute_queue,
    disputes,
    health,
    jobs,
    journal,
    operations,
    pages,
    products,
    programs,
    recovery,
    scans,
    settlements,
    shops,
    stories,
    terms,
    wallet,
)
from api.access_log import access_log
from api.bodies import StrictRequest
from api.callers import refuse_unguarded
from api.openapi import openapi_config
from api.problems import on_bug, on_http_exception, on_refusal
from api.process import Process
from api.schemas import BoundedTuples
from core import keys, log
from core.db import close_pool, open_pool
from core.refusals import DomainError
from core.settings import Settings, load

ROUTES: list[ControllerRouterHandler] = [
    health.live,
    health.ready,
    health.metrics,
    *pages.ROUTES,
    *agents.ROUTES,
    *devices.ROUTES,
    *recovery.ROUTES,
    *scans.ROUTES,
    *wallet.ROUTES,
    *stories.ROUTES,
    *journal.ROUTES,
    *disputes.ROUTES,
    *programs.ROUTES,
    *products.ROUTES,
    *shops.ROUTES,
    *terms.ROUTES,
    *campaigns.ROUTES,
    *budgets.ROUTES,
    *batches.ROUTES,
    *jobs.ROUTES,
    *settlements.ROUTES,
    *clawbacks.ROUTES,
    *operations.ROUTES,
    *dispute_queue.ROUTES,
    *access_keys.ROUTES,
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
    await open_pool(
        settings.database_url,
        size=settings.database_pool_size,
        statement_cache=settings.database_statement_cache,
    )
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
