"""Publisher profiles on disk: a directory of TOML files, one a profile; read where the parts are put together."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from worker.errors import ConfigError
from worker.extract.profile import Profile, read_profile


def files(path: Path) -> list[Path]:
    """List the profiles that a path means: the `*.toml` files of a directory, or the file itself.

    Raises ConfigError where there is no such path.
    """
    if path.is_dir():
        return sorted(item for item in path.glob("*.toml") if not item.name.startswith("."))
    if path.is_file():
        return [path]
    msg = f"{path} is neither a directory of publisher profiles nor a file"
    raise ConfigError(msg)


def read_file(path: Path) -> tuple[Profile, dict[str, Any]]:
    """Read one profile and the table it is made of; its name is the file's. Raises ConfigError naming file and key."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        return read_profile(path.stem, table), table
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ConfigError) as exc:
        msg = f"{path}: {exc}"
        raise ConfigError(msg) from exc


def with_profiles(formats: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Put the profiles in place of the directory that `[formats.html] publishers` names.

    Raises ConfigError where there is no such directory, and for a profile that is wrong.
    """
    tables = dict(formats)
    options = dict(tables.get("html", {}))
    if (named := options.pop("publishers", None)) is None:
        return tables
    if not isinstance(named, str) or not named:
        msg = f"formats.html.publishers: {named!r} is no directory"
        raise ConfigError(msg)
    directory = Path(named)
    if not directory.is_dir():
        msg = f"formats.html.publishers: there is no directory {named}"
        raise ConfigError(msg)
    tables["html"] = options | {"profiles": tables_of(files(directory)) | options.get("profiles", {})}
    return tables


def tables_of(paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Give the tables of profiles by name, each checked. Raises ConfigError."""
    return {path.stem: read_file(path)[1] for path in paths}
