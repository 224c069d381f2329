"""The doorbell: tells the workers through Valkey that there is work; losing it loses nothing but milliseconds."""

import asyncio
import time
from typing import Any
from urllib.parse import urlparse

import msgspec
import structlog
from arq.connections import ArqRedis, RedisSettings
from redis.asyncio import Redis
from redis.exceptions import RedisError

BUCKET_SECONDS = 0.02
QUEUE = "naparnik:doorbell"
# A ring that nobody heard within this time is worth nothing: the sweep has seen to its work long before.
EXPIRES_SECONDS = 10

_log = structlog.get_logger()


def redis_settings(url: str) -> RedisSettings:
    """Settings for arq from redis://, rediss:// or unix:// with short time-outs."""
    settings = RedisSettings.from_dsn(url)
    settings.conn_timeout = 1
    settings.conn_retries = 0
    return settings


def encode(job: Any) -> bytes:
    """A job on the wire: MessagePack, so that whoever writes to Valkey cannot make us run code."""
    return msgspec.msgpack.encode(job)


def decode(raw: bytes) -> dict[str, Any]:
    """The other way."""
    return msgspec.msgpack.decode(raw, type=dict[str, Any])


class Doorbell:
    """Rings for a job by its name, at most once in 20 ms over all processes, and never fails its caller."""

    def __init__(self, redis_url: str) -> None:
        self._arq = _client(redis_url)
        self._waiting: set[str] = set()
        self._ringing: set[asyncio.Task[None]] = set()

    def ring(self, job: str) -> None:
        """Ask for a job to be run soon; returns at once."""
        if job not in self._waiting:
            self._waiting.add(job)
            task = asyncio.get_running_loop().create_task(self._ring(job))
            self._ringing.add(task)
            task.add_done_callback(self._ringing.discard)

    async def close(self) -> None:
        """Let the last rings out and close the connections."""
        await asyncio.gather(*self._ringing, return_exceptions=True)
        await self._arq.aclose()

    async def _ring(self, job: str) -> None:
        # The bucket is part of the job's id: a ring that meets a running job of an earlier bucket is not swallowed,
        # and all that ring within one bucket ring once.
        bucket = int(time.time() / BUCKET_SECONDS) + 1
        await asyncio.sleep(bucket * BUCKET_SECONDS - time.time())
        # Whoever asks from here on means another ring: this one may be heard before his work is there.
        self._waiting.discard(job)
        try:
            await self._arq.enqueue_job(job, _job_id=f"{job}:{bucket}", _expires=EXPIRES_SECONDS)
        except (RedisError, OSError, TimeoutError) as lost:
            _log.warning("doorbell.lost", job=job, error=type(lost).__name__)


def plain_client(redis_url: str) -> Redis:
    """A plain client for publishing and listening."""
    client: Redis = Redis.from_url(redis_url, socket_connect_timeout=1)
    return client


def _client(redis_url: str) -> ArqRedis:
    url = urlparse(redis_url)
    options: dict[str, Any] = {"unix_socket_path": url.path} if url.scheme == "unix" else {}
    client = ArqRedis(
        **(options or _tcp(redis_settings(redis_url))),
        socket_connect_timeout=1,
        socket_timeout=2,
    )
    client.job_serializer = encode
    client.job_deserializer = decode
    client.default_queue_name = QUEUE
    return client


def _tcp(settings: RedisSettings) -> dict[str, Any]:
    return {
        "host": settings.host,
        "port": settings.port,
        "db": settings.database,
        "username": settings.username,
        "password": settings.password,
        "ssl": settings.ssl,
    }
