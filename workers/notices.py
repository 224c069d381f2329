"""The sender of notices: each to its push service, over TLS, with nothing in it but its kind."""

import asyncio
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog

from core import metrics, webpush
from core.db import fetch_value
from core.settings import Settings
from referrals import notices
from referrals.notices import Due

AT_ONCE: Final = 20
ANSWER_SECONDS_MAX: Final = 5.0
# A phone that is off for longer finds it in its journal.
_KEPT_SECONDS: Final = 86_400
_GONE: Final = frozenset({404, 410})
_SENT: Final = frozenset({200, 201, 202, 204})
# What is wrong with the message will be wrong the next time.
_HOPELESS: Final = frozenset({400, 401, 403, 413})

_log = structlog.get_logger()


class Sender:
    """The notices of a process: what is due is sent, twenty side by side; without a contact nothing ever is."""

    def __init__(self, settings: Settings) -> None:
        self._contact = settings.push_contact

    async def __call__(self) -> int:
        """Send what is due; returns how many notices were tried."""
        if not self._contact:
            return 0
        tried = 0
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS_MAX, follow_redirects=False, trust_env=False) as http:
            while due := await notices.take_due(AT_ONCE):
                await asyncio.gather(*(self._send(http, one) for one in due))
                tried += len(due)
        return tried

    async def _send(self, http: httpx.AsyncClient, notice: Due) -> None:
        outcome = "lost"
        try:
            answer = await http.post(
                notice.target.endpoint,
                content=webpush.encrypted(
                    msgspec.json.encode({"kind": notice.kind}),
                    receiver=notice.target.receiver,
                    auth=notice.target.auth,
                ),
                headers=await self._headers(notice),
            )
        except (httpx.HTTPError, OSError) as lost:
            _log.info("notice.lost", error=type(lost).__name__)
            await notices.later(notice)
        else:
            outcome = await self._judge(notice, answer)
        metrics.notices.labels(outcome).inc()

    async def _judge(self, notice: Due, answer: httpx.Response) -> str:
        if answer.status_code in _SENT:
            await notices.sent(notice)
            return "sent"
        if answer.status_code in _GONE:
            await notices.dead(notice)
            return "dead"
        if answer.status_code in _HOPELESS:
            _log.warning("notice.refused", status=answer.status_code)
            await notices.sent(notice)
            return "refused"
        asked = answer.headers.get("retry-after", "")
        await notices.later(notice, seconds=int(asked) if asked.isdecimal() and len(asked) < 7 else None)
        return "later"

    async def _headers(self, notice: Due) -> dict[str, str]:
        parts = urlsplit(notice.target.endpoint)
        now: datetime = await fetch_value("SELECT now()")
        return {
            "Authorization": webpush.proof(
                f"{parts.scheme}://{parts.netloc}", contact=self._contact, now=now.astimezone(UTC)
            ),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(_KEPT_SECONDS),
            # The newest of a kind replaces an older one that the phone has not seen yet.
            "Topic": notice.kind,
        }
