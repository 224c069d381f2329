from collections import Counter

import httpx
import pytest

from api import callers
from api.addresses import guess_subject
from core.db import execute
from core.settings import Settings
from referrals.trust import Trust
from tests.api.conftest import ORIGIN
from tests.api.phoning import Installer
from tests.packs import Sale, a_sale, a_wrong_code

# Where the tests call from.
NETWORK = "127.0.0.0/24"


@pytest.fixture
async def sale(database: None) -> Sale:
    return await a_sale()


async def an_installer(http: httpx.AsyncClient, level: Trust) -> Installer:
    installer = await Installer(http, ORIGIN).enrol()
    await execute("UPDATE agent SET trust = $2 WHERE id = $1", installer.agent_id, level.value)
    callers.forget()
    return installer


async def scanned(installer: Installer, code: str) -> int:
    return (await installer.call("POST", "/v1/scans", {"code": code})).status_code


@pytest.mark.parametrize(
    ("level", "status"),
    [(Trust.distrusted, 429), (Trust.new, 429), (Trust.known, 201), (Trust.trusted, 201)],
)
async def test_whoever_is_known_is_heard_behind_a_network_that_others_have_silenced(
    http: httpx.AsyncClient, sale: Sale, settings: Settings, level: Trust, status: int
) -> None:
    installer = await an_installer(http, level)
    await execute(
        "INSERT INTO guess (id, subject, hour, failures) VALUES (gen_random_uuid(), $1, date_trunc('hour', now()), $2)",
        guess_subject(NETWORK),
        settings.guesses_per_address_hour,
    )

    assert await scanned(installer, sale.batch.code(0)) == status


@pytest.mark.parametrize(("level", "most"), [(Trust.distrusted, 5), (Trust.new, 10), (Trust.known, 15)])
async def test_an_agent_guesses_as_often_as_he_is_trusted(
    http: httpx.AsyncClient, sale: Sale, level: Trust, most: int
) -> None:
    installer = await an_installer(http, level)

    statuses = Counter([await scanned(installer, a_wrong_code(sale.batch)) for _ in range(22)])

    assert statuses == {422: most, 429: 22 - most}
