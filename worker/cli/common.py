"""Options and small things that several commands share."""

from __future__ import annotations

import os
from pathlib import Path

import click
import msgspec

from worker.settings import Settings, load

redis_option = click.option("--redis", "redis_url", metavar="URL", help="Server; default: redis.url of the settings.")
lane_option = click.option("--lane", default="default", show_default=True, help="Lane to use.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def read_settings(redis_url: str | None = None) -> Settings:
    """Read the settings of this process; `--redis` goes before them. Raises ConfigError."""
    settings = load(os.environ, Path.cwd())
    if redis_url:
        settings = msgspec.structs.replace(settings, redis=msgspec.structs.replace(settings.redis, url=redis_url))
    return settings
