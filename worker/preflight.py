"""Before a worker starts: every sink is reached once, in a process of its own, since forks follow in this one."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Final

from worker.errors import ConfigError, CopydeskError

_FORK: Final = multiprocessing.get_context("fork")


def failures(checks: Mapping[str, Callable[[], object]], seconds: float) -> dict[str, CopydeskError]:
    """Run all checks at once and give what failed, by name.

    ConfigError for a mistake in the settings, another error for what may pass: a destination that is away or
    has not answered within `seconds` keeps no worker from starting.
    """
    waiting = {}
    for name, check in checks.items():
        here, there = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=_tell, args=(there, check), daemon=True)
        process.start()
        there.close()
        waiting[name] = (process, here)
    deadline = time.monotonic() + seconds
    failed: dict[str, CopydeskError] = {}
    for name, (process, here) in waiting.items():
        try:
            answer = here.recv() if here.poll(max(0.0, deadline - time.monotonic())) else None
        except EOFError:
            answer = ("other", "the check ended without an answer")
        if answer is None:
            failed[name] = CopydeskError(f"no answer within {seconds:g} s")
        elif answer[0] != "ok":
            failed[name] = ConfigError(answer[1]) if answer[0] == "config" else CopydeskError(answer[1])
        process.kill()
        process.join()
    return failed


def _tell(there: Connection, check: Callable[[], object]) -> None:
    try:
        check()
    except ConfigError as exc:
        there.send(("config", str(exc)))
    except Exception as exc:  # noqa: BLE001  # whatever it is, the parent tells it and goes on
        there.send(("other", str(exc)))
    else:
        there.send(("ok", ""))
