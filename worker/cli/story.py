"""`copydesk story`: articles of one event, as the heavy tier has put them together."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime

import click
import orjson

from worker import wiring
from worker.cli.common import json_option, read_settings, redis_option


@click.command("story")
@click.argument("key", metavar="ID")
@redis_option
@json_option
def command(key: str, redis_url: str | None, as_json: bool) -> None:
    """Show a story: its size, when its first and last article arrived, and the ids of its records.

    ID is a story's id (`story.id` of a record) or the id of one of its records. Exit status 1 when it is not known.
    """
    settings = read_settings(redis_url)
    view = wiring.stories(settings, wiring.connect(settings)).story(key)
    if view is None:
        click.echo(f"copydesk: no story is known by {key}; it may be older than stories are kept", err=True)
        sys.exit(1)
    first, last = (
        datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") for at in (view.first_seen, view.last_seen)
    )
    if as_json:
        click.echo(orjson.dumps({**asdict(view), "first_seen": first, "last_seen": last}))
        return
    click.echo(f"{view.story}: {view.size} articles, {first} to {last}")
    for member in view.members:
        click.echo(f"  {member}")
