"""How to reach the server: one Redis, the primary that a Sentinel names, or a Cluster; no command is repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

import redis
import redis.asyncio
from redis.asyncio.cluster import RedisCluster as AsyncCluster
from redis.asyncio.retry import Retry as AsyncRetry
from redis.asyncio.sentinel import Sentinel as AsyncSentinel
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import RedisClusterException
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel

_SENTINEL: Final = "sentinel"
_SENTINEL_PORT: Final = 26_379


class _Cluster(RedisCluster):
    """A cluster client whose own exceptions are connection errors, as an outage of one server is."""

    def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().execute_command(*args, **kwargs)  # type: ignore[no-untyped-call]
        except RedisClusterException as exc:
            raise redis.ConnectionError(str(exc)) from exc
        except redis.exceptions.ClusterDownError as exc:
            raise redis.ConnectionError(str(exc)) from exc


def sentinels(url: str) -> tuple[list[tuple[str, int]], str, int]:
    """Read `sentinel://[user:password@]host:port,host:port/MASTER[/DB]`: addresses, master name, database.

    Raises ValueError for another form.
    """
    parts = urlsplit(url)
    name, _, database = parts.path.strip("/").partition("/")
    hosts = parts.netloc.rpartition("@")[2]
    if parts.scheme != _SENTINEL or not name or not hosts:
        msg = "a Sentinel's URL is sentinel://host:port,host:port/MASTER or …/MASTER/DB"
        raise ValueError(msg)
    addresses = []
    for item in hosts.split(","):
        host, _, port = item.partition(":")
        addresses.append((host, int(port or _SENTINEL_PORT)))
    return addresses, name, int(database or 0)


def connect(url: str, timeout_seconds: float, *, cluster: bool = False) -> redis.Redis:
    """Make a client (no connection yet, but for a Cluster, which is asked for its nodes).

    No blind retries: a blind repeat of an XADD would double the payload; each caller knows what a repeat would do.
    Raises ValueError for a URL that is none, redis.RedisError where a Cluster cannot be reached.
    """
    options: dict[str, Any] = {"socket_timeout": timeout_seconds, "socket_connect_timeout": timeout_seconds}
    if cluster:
        try:
            found = _Cluster.from_url(url, retry=Retry(NoBackoff(), 0), require_full_coverage=False, **options)
        except RedisClusterException as exc:
            raise redis.ConnectionError(str(exc)) from exc
        return cast("redis.Redis", found)
    options["retry"] = Retry(NoBackoff(), 0)
    if urlsplit(url).scheme == _SENTINEL:
        return cast("redis.Redis", _primary(Sentinel, url, options))
    return redis.Redis.from_url(url, **options)


def connect_async(url: str, timeout_seconds: float, *, cluster: bool = False) -> redis.asyncio.Redis:
    """Make an asynchronous client (no connection yet), as `connect` does."""
    options: dict[str, Any] = {"socket_timeout": timeout_seconds, "socket_connect_timeout": timeout_seconds}
    options["retry"] = AsyncRetry(NoBackoff(), 0)
    if cluster:
        return cast("redis.asyncio.Redis", AsyncCluster.from_url(url, require_full_coverage=False, **options))
    if urlsplit(url).scheme == _SENTINEL:
        return cast("redis.asyncio.Redis", _primary(AsyncSentinel, url, options))
    return redis.asyncio.Redis.from_url(url, **options)


def _primary(kind: Any, url: str, options: Mapping[str, Any]) -> object:
    addresses, name, database = sentinels(url)
    user, _, password = urlsplit(url).netloc.rpartition("@")[0].partition(":")
    known = {"username": unquote(user) or None, "password": unquote(password) or None} if user or password else {}
    timeouts = {key: value for key, value in options.items() if key.startswith("socket_")}
    return kind(addresses, **timeouts).master_for(name, db=database, **known, **options)


def merged(answer: Mapping[Any, Any]) -> list[Mapping[str, Any]]:
    """Give what each node answers to INFO and the like: a Cluster gives a mapping of nodes, one server its own."""
    values = list(answer.values())
    return cast("list[Mapping[str, Any]]", values) if values and isinstance(values[0], Mapping) else [answer]


OUTAGES: Final = (
    redis.ConnectionError,
    redis.TimeoutError,
    redis.exceptions.OutOfMemoryError,
    redis.exceptions.ReadOnlyError,
    redis.exceptions.TryAgainError,
    MasterNotFoundError,
)
"""What says nothing of the command: the server is away, full, or no primary any more."""
