"""The API in this process, over the run's own servers."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from api import callers, read_only
from api.app import create_app
from core import access, db
from core.access import Role
from core.doorbell import plain_client
from core.settings import Settings
from tests.driver import Driver

ORIGIN = "http://naparnik.test"


@pytest.fixture(scope="session")
async def app(_schema: None, settings: Settings) -> AsyncIterator[Litestar]:
    """The application as a server runs it; while it lives, its pool stands in for the suite's."""
    suite, db.engine.pool = db.engine.pool, None
    app = create_app(settings)
    async with app.lifespan():
        yield app
    db.engine.pool = suite


@pytest.fixture
async def http(app: Litestar, database: None, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who calls, with nothing in his hands; nobody before him has used up any limit."""
    callers.forget()
    read_only.forget()
    async with plain_client(settings.redis_url) as redis:
        await redis.flushdb()
    # Litestar describes ASGI more exactly than httpx does.
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client


@pytest.fixture
async def driver(http: httpx.AsyncClient) -> Driver:
    """The owner, calling the application without a network."""
    _, token = await access.create(role=Role.owner, name="test", by="test")
    driver = Driver(ORIGIN, token)
    driver.http = http
    return driver
