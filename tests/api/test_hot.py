from litestar import HttpMethod
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.testing import create_test_client

from api import scans
from api.hot import HotAnswer, HotRoute


def test_a_hot_route_shows_its_guards_itself_and_sends_an_answer_as_it_is() -> None:
    seen: list[BaseRouteHandler] = []

    async def guard(_connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
        seen.append(handler)

    @HotRoute("/hot", http_method=HttpMethod.POST, guards=[guard])
    async def hot() -> HotAnswer:
        return HotAnswer(202, b'{"a":1}', (b"x-mark", b"1"))

    with create_test_client(hot) as client:
        answer = client.post("/hot")

    [served] = [route.route_handler_map["POST"][0] for route in client.app.routes if route.path == "/hot"]
    assert seen == [served]
    assert seen[0] is served
    assert (answer.status_code, answer.content, answer.headers["x-mark"]) == (202, b'{"a":1}', "1")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == "7"


def test_scans_go_by_hot_routes() -> None:
    assert [type(route) for route in scans.ROUTES] == [HotRoute, HotRoute]
