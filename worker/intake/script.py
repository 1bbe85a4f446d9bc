"""The Lua scripts beside this module, read from the package."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

_HERE: Final = files("worker.intake")


def script_text(name: str) -> str:
    """Read one script by its name without `.lua`."""
    return _HERE.joinpath(f"{name}.lua").read_text("utf-8")
