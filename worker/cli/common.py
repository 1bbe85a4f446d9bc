"""Options and small things that several commands share."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from worker.settings import Settings, load

_SPAN: Final = re.compile(r"(\d+)([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}

redis_option = click.option("--redis", "redis_url", metavar="URL", help="Server; default: redis.url of the settings.")
lane_option = click.option("--lane", default="default", show_default=True, help="Lane to use.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def read_settings(redis_url: str | None = None) -> Settings:
    """Read the settings of this process; `--redis` goes before them. Raises ConfigError."""
    settings = load(os.environ, Path.cwd())
    if redis_url:
        settings = msgspec.structs.replace(settings, redis=msgspec.structs.replace(settings.redis, url=redis_url))
    return settings


class Time(click.ParamType[datetime]):
    """A time with or without offset (then UTC), a date, or a span back from now: 90m, 12h, 7d."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read what was given; fails with what is accepted."""
        if isinstance(value, datetime):
            return value
        if match := _SPAN.fullmatch(value):
            return datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is no time: 2026-05-01T12:00:00+02:00, 2026-05-01, or a span back: 90m, 12h, 7d", param, ctx
            )
        return time if time.tzinfo else time.replace(tzinfo=UTC)
