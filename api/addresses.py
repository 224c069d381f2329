"""Addresses of callers: whose guesses they are, without anybody being able to read them afterwards."""

import ipaddress
import os
import time
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from litestar import Request

from core import keys
from core.settings import Settings

_V4_PREFIX, _V6_PREFIX = 24, 64
_PURPOSE = "address of a guess"
_ROTATION_SECONDS = 86_400
_process_salt = os.urandom(16)


def network_of(request: Request[Any, Any, Any], settings: Settings) -> str:
    """The caller's network: /24 or /64, behind the proxies that are trusted by name and no others."""
    address = request.client.host if request.client else ""
    trusted = _networks(settings.trusted_proxies)
    for forwarded in reversed(request.headers.get("x-forwarded-for", "").split(",")):
        if not _within(address, trusted) or not forwarded.strip():
            break
        address = forwarded.strip()
    return _network(address)


def guess_subject(network: str) -> bytes:
    """What a network is called where guesses are counted: an HMAC that changes every day."""
    return keys.pseudonym(f"{int(time.time()) // _ROTATION_SECONDS}:{network}", _PURPOSE)


def passing_subject(network: str) -> str:
    """What a network is called in Valkey: good for this process's life and readable by nobody."""
    return blake2b(network.encode(), key=_process_salt, digest_size=12).hexdigest()


@lru_cache(maxsize=65_536)
def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    prefix = _V4_PREFIX if parsed.version == 4 else _V6_PREFIX
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))


@lru_cache(maxsize=8)
def _networks(setting: str) -> tuple[Any, ...]:
    return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in setting.split(",") if part.strip())


@lru_cache(maxsize=65_536)
def _within(address: str, networks: tuple[Any, ...]) -> bool:
    try:
        return any(ipaddress.ip_address(address) in network for network in networks)
    except ValueError:
        return False
