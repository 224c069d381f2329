"""What is one agent's does not exist for another, on every route of agents that names a thing."""

from typing import Any
from uuid import UUID

import httpx

from codes import promo_codes
from core.db import fetch_value
from core.ids import uuid7
from core.settings import Settings
from programs.facts import ActivityKind
from tests.api.phoning import Installer
from tests.api.tables import Route, routes
from tests.api.worlds import World, a_world
from tests.driver import Driver
from tests.programs.stored import a_campaign
from tests.referrals.people import enrolled

# Goods and texts that are the same for everybody.
EVERYBODYS = {"GET /v1/products/{product_id}", "POST /v1/terms/{terms_id}/accept"}
NAMING = [route for route in routes() if route.agent and "{" in route.path and route.operation not in EVERYBODYS]
BODIES: dict[str, dict[str, Any]] = {
    "POST /v1/promo-codes/{promo_code_id}/state": {"state": "paused"},
}


async def a_subscription(agent_id: UUID) -> UUID:
    found: UUID = await fetch_value(
        """INSERT INTO push_subscription (id, agent_id, endpoint_hash, wrapped_secret, notices)
           VALUES ($1, $2, sha256('1'), '\\x00', '{}') RETURNING id""",
        uuid7(),
        agent_id,
    )
    return found


async def things(world: World) -> dict[str, str]:
    """The ids of what a world's agent has besides what the world names."""
    agent_id = world.person.agent_id
    campaign_id = await a_campaign(
        UUID(world.program_id), budget_minor=1_000, trigger=ActivityKind.PROMO_REDEEMED, asset="BON"
    )
    return {
        "{device_id}": str(await fetch_value("SELECT id FROM device WHERE agent_id = $1", agent_id)),
        "{promo_code_id}": str((await promo_codes.create(agent_id, campaign_id=campaign_id)).id),
        "{subscription_id}": str(await a_subscription(agent_id)),
    }


def filled(route: Route, world: World, named: dict[str, str]) -> str:
    """A route's address about what is the world's agent's."""
    path = world.fill(route.path)
    for name, id_ in named.items():
        path = path.replace(name, id_)
    assert "{" not in path
    return path


async def asked(by: Installer, route: Route, path: str) -> httpx.Response:
    body = BODIES.get(route.operation)
    return await (by.prove if route.proof else by.call)(route.method, path, body)


async def test_what_is_one_agents_is_not_there_for_another(
    driver: Driver, http: httpx.AsyncClient, settings: Settings
) -> None:
    world, other = await a_world(driver), await enrolled()
    named = await things(world)
    stranger = Installer(http, settings.origin, other.phone)
    stranger.token = other.token

    answers = {route.operation: await asked(stranger, route, filled(route, world, named)) for route in NAMING}

    assert {operation: answer.text for operation, answer in answers.items() if answer.status_code != 404} == {}


async def test_its_owner_finds_everything_at_the_same_addresses(
    driver: Driver, http: httpx.AsyncClient, settings: Settings
) -> None:
    world = await a_world(driver)
    named = await things(world)
    owner = Installer(http, settings.origin, world.person.phone)
    owner.token = world.person.token
    # Nobody else had a claim to what he scanned, so there is nothing to tell of it.
    told = [route for route in NAMING if not route.path.endswith("/attribution")]

    answers = {route.operation: await asked(owner, route, filled(route, world, named)) for route in told}

    assert {
        operation: answer.text
        for operation, answer in answers.items()
        if answer.status_code in {400, 401, 403, 404, 500}
    } == {}
