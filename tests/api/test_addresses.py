import importlib.util
from typing import Any

import msgspec
import pytest
from litestar import Request

from api.addresses import guess_subject, network_of, passing_subject, site_of
from core.settings import Settings

PROXY = "10.0.0.7"
SETTINGS = Settings(environment="test", trusted_proxies="10.0.0.0/8, fd00::/8")


def request(address: str | None, *forwarded: str) -> Request[Any, Any, Any]:
    """A request as it arrives; each of the forwarded is a header line of its own."""
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    client = None if address is None else (address, 4711)
    return Request({"type": "http", "client": client, "headers": headers})  # type: ignore[arg-type]


def freshly_loaded(name: str) -> Any:
    """A module as another process has it: whatever it draws when it is loaded is drawn anew."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def network(address: str | None, *forwarded: str, settings: Settings = SETTINGS) -> str:
    return network_of(request(address, *forwarded), settings)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not an address", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_caller_is_known_by_his_network(address: str | None, expected: str) -> None:
    assert network(address) == expected


def test_nobody_says_himself_where_he_comes_from() -> None:
    assert network("203.0.113.9", "198.51.100.1") == "203.0.113.0/24"


@pytest.mark.parametrize(
    "forwarded",
    [
        ("198.51.100.1",),
        ("192.0.2.1, 198.51.100.1",),
        ("192.0.2.1", "198.51.100.1"),
        ("192.0.2.1, 198.51.100.1, 10.1.1.1",),
        ("192.0.2.1", "198.51.100.1", "fd00::1"),
    ],
)
def test_behind_trusted_proxies_the_last_stranger_counts(forwarded: tuple[str, ...]) -> None:
    assert network(PROXY, *forwarded) == "198.51.100.0/24"


@pytest.mark.parametrize("forwarded", [(), ("",), ("198.51.100.1,",)])
def test_a_proxy_that_says_nothing_is_the_caller_itself(forwarded: tuple[str, ...]) -> None:
    assert network(PROXY, *forwarded) == "10.0.0.0/24"


def test_without_trusted_proxies_none_is_believed() -> None:
    settings = msgspec.structs.replace(SETTINGS, trusted_proxies="")

    assert network(PROXY, "198.51.100.1", settings=settings) == "10.0.0.0/24"


async def test_a_network_can_be_recognised_and_not_read(database: None) -> None:
    one, again, other = (guess_subject(name) for name in ("203.0.113.0/24", "203.0.113.0/24", "198.51.100.0/24"))

    assert one == again != other
    assert b"203.0.113" not in one
    assert "203.0.113" not in passing_subject("203.0.113.0/24")


async def test_all_processes_count_a_network_as_one(database: None) -> None:
    another_process = freshly_loaded("api.addresses")

    assert another_process.passing_subject("203.0.113.0/24") == passing_subject("203.0.113.0/24")
    assert another_process.guess_subject("203.0.113.0/24") == guess_subject("203.0.113.0/24")
    assert passing_subject("198.51.100.0/24") != passing_subject("203.0.113.0/24")


@pytest.mark.parametrize(
    ("address", "site"),
    [("2001:db8:1:2::7", "2001:db8:1::/48"), ("203.0.113.9", None), ("not an address", None)],
)
def test_all_networks_of_one_customer_are_one_site(address: str, site: str | None) -> None:
    assert site_of(network(address)) == site
