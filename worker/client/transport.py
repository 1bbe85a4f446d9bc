"""The connection of a client: redis-py with our scripts, and its errors in our words; loaded at the first client."""

from __future__ import annotations

from typing import Any, Final

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.client.core import Send
from worker.client.options import ClientOptions
from worker.errors import IntakeError, IntakeFull, IntakeRefused, IntakeUnreachable
from worker.intake.script import script_text

FAILURES: Final = (redis.RedisError, OSError)
_SCRIPTS: Final = ("push", "verdicts")


def connect(url: str, options: ClientOptions) -> redis.Redis:
    """Make a connection (none yet); no blind retries: a repeated push would double payloads."""
    timeout = options.timeout_seconds
    retry = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=retry)


def connect_async(url: str, options: ClientOptions) -> redis.asyncio.Redis:
    """Make an asynchronous connection, as `connect` does."""
    timeout = options.timeout_seconds
    retry = AsyncRetry(NoBackoff(), 0)
    return redis.asyncio.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=retry)


def scripts(connection: Any) -> dict[str, Any]:
    """Register the scripts that a client calls, by name."""
    return {name: connection.register_script(script_text(name)) for name in _SCRIPTS}


def translated(exc: Exception, step: Send, options: ClientOptions) -> IntakeError:
    """Say in our words what a failed call means for the payloads of the batch."""
    what = f"{step.payloads} payloads" if step.payloads else "the question for verdicts"
    kind: type[IntakeError] = IntakeUnreachable
    if isinstance(exc, redis.exceptions.OutOfMemoryError) or "OOM command not allowed" in str(exc):
        kind = IntakeFull
    elif isinstance(exc, redis.ResponseError | redis.AuthenticationError):
        kind = IntakeRefused
    return kind(f"the intake of lane {options.lane!r} did not take {what}: {exc}")
