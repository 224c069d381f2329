"""What an installation is told from outside: one frozen Struct read from NAPARNIK_* variables, checked at start."""

import os
import re
from collections.abc import Mapping
from typing import Any, Final, Literal, get_type_hints

import msgspec

_PRINTABLE: Final = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", re.IGNORECASE)


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
    destroyed_log: str = ""
    origin: str = "http://127.0.0.1:8000"
    code_origin: str = ""
    trusted_proxies: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    docs: bool = False
    body_limit_bytes: int = 1_000_000
    guesses_per_agent_hour: int = 20
    guesses_per_address_hour: int = 200
    enrolments_per_address_hour: int = 200
    enrolments_per_site_hour: int = 2_000
    device_wait_seconds: int = 86_400
    spend_ttl_seconds: int = 86_400
    dispute_answer_days: int = 14
    verify_every_seconds: int = 3_600
    scan_batch_max: int = 256
    scan_queue_max: int = 4_096
    drain_batch_max: int = 1_000
    orders_at_once: int = 4
    order_queue_max: int = 2_048
    photo_limit_bytes: int = 10_000_000
    photo_readers: int = 2
    photo_queue_max: int = 12
    photos_per_agent_hour: int = 240
    handouts_per_agent_hour: int = 120
    receipt_age_days: int = 30
    receipts_per_agent_day: int = 20
    receipts_per_till_day: int = 100
    receipts_per_shop_day: int = 1_000
    receipt_wait_days: int = 35
    receipt_ask_again_seconds: int = 60
    receipt_sources_ca_file: str = ""
    fns_origin: str = ""
    fns_master_token: str = ""
    fns_requests_per_minute: int = 60
    fns_requests_per_day: int = 10_000
    proverkacheka_origin: str = ""
    proverkacheka_token: str = ""
    proverkacheka_requests_per_minute: int = 10
    proverkacheka_requests_per_day: int = 500
    oofd_origin: str = ""
    oofd_requests_per_minute: int = 10
    oofd_requests_per_day: int = 1_000
    receipt_photo_days: int = 30
    receipt_second_person_minor: int = 10_000_000
    report_participants_min: int = 5
    push_contact: str = ""
    push_hosts: str = "fcm.googleapis.com,*.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com"
    staff_idle_seconds: int = 14_400
    staff_session_seconds: int = 57_600

    @property
    def printed_origin(self) -> str:
        """The public address as it stands in printed codes."""
        return (self.code_origin or self.origin).rstrip("/")


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
    for field in ("fns_origin", "proverkacheka_origin", "oofd_origin"):
        _check_source(field, getattr(settings, field), settings)
    # Capitals mean the same as small letters in a scheme and a host, and nowhere else in an address.
    if not _PRINTABLE.fullmatch(settings.printed_origin):
        raise SettingsRefused("NAPARNIK_CODE_ORIGIN must be a scheme and a host, since codes are printed in capitals")


def _check_source(field: str, origin: str, settings: Settings) -> None:
    """A source is a scheme and a host: what is asked there is the program's affair, and goes over TLS."""
    if origin and not _PRINTABLE.fullmatch(origin):
        raise SettingsRefused(f"{variable(field)} must be a scheme and a host")
    if origin and settings.environment == "production" and not origin.startswith("https://"):
        raise SettingsRefused(f"{variable(field)} must be an https:// address in production")
