"""The watch: what came since it last looked is judged, and suspicions are put before a person."""

from codes.strides import LAG_SECONDS, judge_scans
from codes.windows import judge_tries

# So much at one go: the rest is looked at a few seconds later.
PAGES_MAX = 200


async def watch(*, lag_seconds: float = LAG_SECONDS) -> None:
    """Judge what was tried and what was scanned since the last time, page by page."""
    for judge in (judge_tries, lambda: judge_scans(lag_seconds=lag_seconds)):
        for _ in range(PAGES_MAX):
            if not await judge():
                break
