"""A Celery worker as a child process of `copydesk run`: started with the run's settings, kept alive, stopped warmly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
import orjson

from worker.errors import CopydeskError
from worker.settings import PREFIX, Settings

_MOST_STARTS: Final = 5
_STOP_SECONDS: Final = 40.0


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() else orjson.dumps(name).decode()


def to_toml(tree: dict[str, Any], path: tuple[str, ...] = ()) -> str:
    """Write nested tables as TOML; scalars and lists of scalars are spelt in TOML as in JSON."""
    plain = {key: value for key, value in tree.items() if not isinstance(value, dict)}
    lines = [f"{_key(key)} = {orjson.dumps(value).decode()}" for key, value in plain.items()]
    if lines and path:
        lines.insert(0, f"[{'.'.join(map(_key, path))}]")
    inner = [to_toml(value, (*path, key)) for key, value in tree.items() if isinstance(value, dict)]
    return "\n".join([*lines, *inner]) + "\n"


class WorkerProcess:
    """`celery -A worker.app worker` with its own configuration file and log."""

    def __init__(self, settings: Settings, directory: Path, processes: int, log: Path) -> None:
        self._log = log
        self._config = directory / "copydesk.toml"
        self._config.touch(mode=0o600)
        self._config.write_text(to_toml(msgspec.to_builtins(settings)), "utf-8")
        self._arguments = [
            sys.executable,
            *("-m", "celery", "-A", "worker.app", "worker"),
            *("--concurrency", str(processes), "--pool", "prefork", "--loglevel", "INFO"),
            *("--without-gossip", "--without-mingle", "--hostname", f"run-{os.getpid()}@%h"),
        ]
        self._starts = 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the worker."""
        self._start()
        return self

    def _start(self) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        environ["COPYDESK_CONFIG"] = str(self._config)
        self._starts += 1
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own arguments
                self._arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environ, start_new_session=True
            )

    def keep_alive(self) -> None:
        """Start the worker again when it ended; raises CopydeskError when it keeps ending."""
        if self._process is None or self._process.poll() is None:
            return
        if self._starts >= _MOST_STARTS:
            tail = self._log.read_text("utf-8", "replace").splitlines()[-5:]
            msg = f"the worker ended {self._starts} times; the end of {self._log}:\n" + "\n".join(tail)
            raise CopydeskError(msg)
        self._start()

    def __exit__(
        self, _kind: type[BaseException] | None, _exc: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop the worker warmly, and by force when it does not end in time."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
