"""Addresses of callers: whose guesses they are, without anybody being able to read them afterwards."""

import ipaddress
import time
from functools import lru_cache
from typing import Any

from litestar import Request

from core import keys
from core.settings import Settings

_V4_PREFIX, _V6_PREFIX, _V6_SITE_PREFIX = 24, 64, 48
_GUESSING, _PASSING = "address of a guess", "address that passes"
_PASSING_BYTES = 12
_ROTATION_SECONDS = 86_400

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def network_of(request: Request[Any, Any, Any], settings: Settings) -> str:
    """The caller's network: /24 or /64, behind the proxies that are trusted by name and no others."""
    address = request.client.host if request.client else ""
    trusted = _networks(settings.trusted_proxies)
    if not trusted:
        return _network(address)
    # A proxy may write its own line below those that it was sent: all of them are one list.
    for forwarded in reversed(",".join(request.headers.getall("x-forwarded-for", [])).split(",")):
        if not _within(address, trusted) or not forwarded.strip():
            break
        address = forwarded.strip()
    return _network(address)


def site_of(network: str) -> str | None:
    """What a provider gives one customer: the /48 around a /64. Of IPv4, where many share an address, nothing is known.

    Whoever has a /48 has 65,536 networks of his own.
    """
    subnet = ipaddress.ip_network(network) if ":" in network else None
    return str(subnet.supernet(new_prefix=_V6_SITE_PREFIX)) if subnet else None


def guess_subject(network: str) -> bytes:
    """What a network is called where guesses are counted: an HMAC that changes every day."""
    return _subject(network, _GUESSING, int(time.time()) // _ROTATION_SECONDS)


def passing_subject(network: str) -> str:
    """What a network is called in Valkey: an HMAC that changes every day, and is the same for all processes.

    If each of them had a name of its own for it, a limit would let through as many times more as there are processes.
    """
    return _subject(network, _PASSING, int(time.time()) // _ROTATION_SECONDS)[:_PASSING_BYTES].hex()


@lru_cache(maxsize=65_536)
def _subject(network: str, purpose: str, day: int) -> bytes:
    return keys.pseudonym(f"{day}:{network}", purpose)


@lru_cache(maxsize=65_536)
def _network(address: str) -> str:
    parsed = _parsed(address)
    if parsed is None:
        return "unknown"
    prefix = _V4_PREFIX if parsed.version == 4 else _V6_PREFIX
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))


@lru_cache(maxsize=8)
def _networks(setting: str) -> tuple[Any, ...]:
    return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in setting.split(",") if part.strip())


@lru_cache(maxsize=65_536)
def _within(address: str, networks: tuple[Any, ...]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


def _parsed(address: str) -> _Address | None:
    """An address without its zone; one of IPv4 that came over an IPv6 socket is what it was."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
