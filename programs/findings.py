"""Findings: what a condition said of an activity, for the rules and for a person who asks why."""

from typing import Any

import msgspec


class Seen(msgspec.Struct, frozen=True, gc=False):
    """What a condition said, and what it looked at to say so."""

    holds: bool
    saw: Any = None


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A condition's answer in full, for a person who asks why."""

    condition: dict[str, Any]
    holds: bool
    saw: Any = None
    parts: tuple["Finding", ...] = ()
