"""What an installation is told from outside: one frozen Struct read from NAPARNIK_* variables, checked at start."""

import os
from collections.abc import Mapping
from typing import Any, Literal, get_type_hints

import msgspec


class SettingsRefused(Exception):
    """A variable is missing or unusable; the message names it, so that the start can stop with one line."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting of an installation; the variable's name is NAPARNIK_ and the field in capitals."""

    environment: Literal["development", "test", "production"] = "production"
    database_url: str = ""
    database_owner_url: str = ""
    database_app_role: str = "naparnik_app"
    database_pool_size: int = 10
    database_statement_cache: int = 1024
    redis_url: str = ""
    master_key: str = ""
    master_key_file: str = ""
    master_key_command: str = ""
    origin: str = "http://127.0.0.1:8000"
    trusted_proxies: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    docs: bool = True
    body_limit_bytes: int = 1_000_000
    guesses_per_agent_hour: int = 20
    guesses_per_address_hour: int = 200
    enrolments_per_address_hour: int = 200
    device_wait_seconds: int = 86_400
    spend_ttl_seconds: int = 86_400
    dispute_answer_days: int = 14
    verify_every_seconds: int = 3_600
    scan_batch_max: int = 256
    scan_queue_max: int = 4_096
    drain_batch_max: int = 500


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return f"NAPARNIK_{field.upper()}"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment; SettingsRefused names the first variable that is wrong."""
    source = os.environ if environ is None else environ
    given: dict[str, Any] = {}
    for field, kind in get_type_hints(Settings).items():
        raw = source.get(variable(field))
        if raw is None:
            continue
        try:
            given[field] = msgspec.convert(raw, kind, strict=False)
        except msgspec.ValidationError as refused:
            raise SettingsRefused(f"{variable(field)}: {refused}") from refused
    settings = Settings(**given)
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    for field in ("database_url", "redis_url"):
        if not getattr(settings, field):
            raise SettingsRefused(f"{variable(field)} is not set")
    keys = [name for name in ("master_key", "master_key_file", "master_key_command") if getattr(settings, name)]
    if len(keys) != 1:
        raise SettingsRefused("exactly one of NAPARNIK_MASTER_KEY, _MASTER_KEY_FILE, _MASTER_KEY_COMMAND must be set")
    if settings.environment == "production" and not settings.origin.startswith("https://"):
        raise SettingsRefused("NAPARNIK_ORIGIN must be the public https:// address in production")
