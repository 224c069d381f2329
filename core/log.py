"""Logs: one JSON line an event, without bodies, headers, tokens, codes or addresses."""

import logging
import sys
from typing import Any

import msgspec
import structlog


class AccessLine(msgspec.Struct, tag_field="event", tag="request"):
    """What is told of a request: the route's template, never its address, and `at` in seconds since 1970."""

    method: str
    route: str
    status: int
    ms: float
    request_id: str
    at: float


class _Access:
    """Where access lines go; they are so many that they take a shorter way than the others."""

    encoder = msgspec.json.Encoder()
    told = True


def write_access(line: AccessLine) -> None:
    """Write a request's one line."""
    if _Access.told:
        sys.stderr.buffer.write(_Access.encoder.encode(line) + b"\n")
        sys.stderr.buffer.flush()


def configure(level: str) -> None:
    """Set the process's log up; lines go to standard error, so that standard output stays the program's own."""
    _Access.told = level in {"debug", "info"}
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.BytesLoggerFactory(file=sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


def _line(event: Any, **_: Any) -> bytes:
    return msgspec.json.encode(event, enc_hook=repr)
