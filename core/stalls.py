"""Stalls: a process that stops in the middle of a transaction is not to keep what it has locked."""

import structlog

from core.db import SERVER_SETTINGS, fetch

# Beyond what a transaction may idle; the server counts that time only between statements, not within the exchange of
# messages that makes one up.
STALLED_SECONDS = 20
# A COPY waits for its client again and again, and shows no moment at which it began to.
_END = """
SELECT pid, pg_terminate_backend(pid) AS ended FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND application_name = $1
  AND xact_start IS NOT NULL AND wait_event IN ('ClientRead', 'ClientWrite') AND query NOT ILIKE 'copy%'
  AND state_change < clock_timestamp() - make_interval(secs => $2)
"""

_log = structlog.get_logger()


async def end_stalled(*, seconds: float = STALLED_SECONDS) -> int:
    """End the sessions of ours whose process has let the server wait for so long within a transaction; how many.

    What they did is rolled back, and done again by whoever comes next. A process that goes on finds itself without
    its connection.
    """
    stalled = await fetch(_END, SERVER_SETTINGS["application_name"], seconds)
    if stalled:
        _log.warning("stalls.ended", sessions=len(stalled))
    return len(stalled)
