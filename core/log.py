"""Logs: one JSON line an event, without bodies, headers, tokens, codes or addresses."""

import logging
import sys
from typing import Any

import msgspec
import structlog


def configure(level: str) -> None:
    """Set the process's log up; lines go to standard error, so that standard output stays the program's own."""
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
