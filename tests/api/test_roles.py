from uuid import UUID, uuid4

import httpx

from core import access
from core.access import Role
from tests.api.staffing import logged_in
from tests.api.tables import API_MD, PEOPLE, ROLES_MD, Route, operations_table, roles_table, routes, with_table
from tests.driver import Driver
from tests.referrals.people import enrolled

ROUTES = routes()
FOR_KEYS = [route for route in ROUTES if route.scope]
FOR_AGENTS = [route for route in ROUTES if route.agent]
PAGES = [route for route in ROUTES if route.page]


async def statuses(http: httpx.AsyncClient, asked: list[Route], token: str | None = None) -> dict[str, int]:
    """What each operation answers, called without a body about things that do not exist."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return {
        route.operation: (await http.request(route.method, _filled(route.path), headers=headers)).status_code
        for route in asked
    }


def _filled(path: str) -> str:
    return "/".join(_stand_in(part) if part.startswith("{") else part for part in path.split("/"))


def _stand_in(parameter: str) -> str:
    return {"{name}": "read_only", "{number}": "1", "{verb}": "pause"}.get(parameter, str(uuid4()))


async def test_without_a_token_nobody_gets_in(http: httpx.AsyncClient) -> None:
    answers = await statuses(http, FOR_KEYS + FOR_AGENTS)

    assert set(answers.values()) == {401}


async def test_a_key_gets_in_where_its_role_has_the_scope_and_nowhere_else(driver: Driver) -> None:
    tokens = {role: (await access.create(role=role, name=role.value, by="test"))[1] for role in Role}

    answers = {role: await statuses(driver.http, FOR_KEYS, token) for role, token in tokens.items()}

    for role in Role:
        let_in = {operation for operation, status in answers[role].items() if status not in {401, 403}}
        assert let_in == {route.operation for route in FOR_KEYS if route.serves(role)}, role


async def test_a_page_opens_for_people_whose_role_has_its_scope_and_asks_others_to_log_in(driver: Driver) -> None:
    body = {"code": "M", "name": "M"}
    shop = await driver.owner("POST", f"/v1/programs/{await driver.program()}/shops", body)
    shops = {"cashier": UUID(shop["id"])}
    people = {role: await logged_in(driver.http, role, login=role, shop_id=shops.get(role)) for role in PEOPLE}
    seen = [route for route in PAGES if route.method == "GET"]

    nobody = await statuses(driver.http, PAGES, driver.owner_key)
    answers = {role: await statuses(person.browser, seen) for role, person in people.items()}

    assert set(nobody.values()) == {303}
    for role, of_role in answers.items():
        opened = {operation for operation, status in of_role.items() if status != 403}
        assert opened == {route.operation for route in seen if route.shows(Role(role))}, role


async def test_a_form_without_its_session_s_mark_does_nothing_on_any_page(driver: Driver) -> None:
    owner = await logged_in(driver.http, "owner")
    forms = [route for route in PAGES if route.method != "GET"]

    answers = await statuses(owner.browser, forms)

    assert set(answers.values()) == {403}


async def test_an_agent_holds_no_key(http: httpx.AsyncClient) -> None:
    agent = await enrolled()

    answers = await statuses(http, FOR_KEYS, agent.token)

    assert set(answers.values()) == {401}


async def test_the_owner_himself_is_no_agent(driver: Driver) -> None:
    answers = await statuses(driver.http, FOR_AGENTS, driver.owner_key)

    assert set(answers.values()) == {401}


def test_every_operation_for_keys_is_the_owners_too() -> None:
    assert [route.operation for route in FOR_KEYS if not route.serves(Role.owner)] == []


def test_the_committed_table_of_roles_is_the_routes_own() -> None:
    assert with_table(ROLES_MD.read_text(), roles_table()) == ROLES_MD.read_text()


def test_the_committed_table_of_operations_is_the_routes_own() -> None:
    assert with_table(API_MD.read_text(), operations_table()) == API_MD.read_text()
