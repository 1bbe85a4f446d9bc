"""The connection of a client: redis-py with our scripts, and its errors in our words; loaded at the first client."""

from __future__ import annotations

from typing import Any, Final

import redis
import redis.asyncio
from redis.exceptions import RedisClusterException

from worker import server
from worker.client.core import Send
from worker.client.options import ClientOptions
from worker.errors import ConfigError, IntakeError, IntakeFull, IntakeRefused, IntakeUnreachable
from worker.intake.script import script_text

FAILURES: Final = (redis.RedisError, RedisClusterException, OSError)
_SCRIPTS: Final = ("push", "verdicts")


def connect(url: str, options: ClientOptions) -> redis.Redis:
    """Make a connection; no blind retries, which would double payloads. Raises ConfigError for a wrong URL."""
    try:
        return server.connect(url, options.timeout_seconds, cluster=options.cluster)
    except ValueError as exc:
        raise ConfigError(str(exc)) from exc
    except redis.RedisError as exc:
        msg = f"the Cluster at {url!r} cannot be asked for its nodes: {exc}"
        raise IntakeUnreachable(msg) from exc


def connect_async(url: str, options: ClientOptions) -> redis.asyncio.Redis:
    """Make an asynchronous connection, as `connect` does."""
    try:
        return server.connect_async(url, options.timeout_seconds, cluster=options.cluster)
    except ValueError as exc:
        raise ConfigError(str(exc)) from exc


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
