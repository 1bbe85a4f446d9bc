"""`copydesk push`: payloads into the intake, nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import click
import orjson
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from worker.cli.common import json_option, lane_option, read_settings, redis_option
from worker.cli.inputs import Input, read_inputs, read_ndjson
from worker.client import Client, ClientOptions
from worker.client.options import WhenFull
from worker.entry import compress
from worker.settings import LaneTable, Settings

_PATIENCE: Final = 7 * 86_400.0  # a command waits for room until it is stopped; a week is as good as that


def options(settings: Settings, lane: str) -> ClientOptions:
    """Give the options of a client as the settings have them."""
    return ClientOptions(
        lane=lane,
        prefix=settings.redis.prefix,
        cluster=settings.redis.cluster,
        shards=settings.lanes.get(lane, LaneTable()).shards,
        compress_over=settings.intake.compress_over_bytes,
        idempotency_seconds=settings.intake.idempotency_seconds,
        timeout_seconds=settings.redis.timeout_seconds,
        offload=settings.intake.offload or None,
        offload_over=settings.intake.offload_over_bytes,
    )


def client(settings: Settings, lane: str, when_full: WhenFull = "block") -> Client:
    """Make the client that the settings describe; with `block` it waits for room until it is stopped."""
    chosen = replace(options(settings, lane), when_full=when_full, block_seconds=_PATIENCE)
    return Client(settings.redis.url, chosen)


def checked_lane(settings: Settings, lane: str) -> str:
    """Give the lane back; raises click.BadParameter where there is none of that name."""
    if lane not in settings.intake.lanes:
        msg = f"there is no lane {lane!r}; intake.lanes has {', '.join(settings.intake.lanes)}"
        raise click.BadParameter(msg, param_hint="--lane")
    return lane


def packed(entry: Mapping[bytes, bytes], compress_over: int) -> dict[bytes, bytes]:
    """Pack an entry's payload where it is worth it and not packed yet."""
    made = dict(entry)
    if b"enc" not in made:
        made[b"payload"], enc = compress(made[b"payload"], compress_over)
        if enc:
            made[b"enc"] = enc.encode()
    return made


@dataclass(frozen=True, slots=True)
class Told:
    """What is remembered of a payload once it was passed on: what the user calls it, and the producer's id."""

    name: str
    payload_id: str


def entries(
    inputs: Iterator[Input], compress_over: int, told: list[Told], bad: list[Input]
) -> Iterator[dict[bytes, bytes]]:
    """Pass on what can be pushed, packed where it is worth it; note in order what was, and what could not be read."""
    for item in inputs:
        if item.error is not None:
            bad.append(item)
            continue
        entry = packed(item.entry, compress_over)
        told.append(Told(item.name, entry.get(b"id", b"").decode("utf-8", "replace")))
        yield entry


@click.command("push")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--ndjson", is_flag=True, help="PATH holds payload objects, one a line.")
@click.option("--when-full", type=click.Choice(["block", "raise"]), default="block", help="Wait for room, or fail.")
@lane_option
@redis_option
@json_option
def command(
    paths: tuple[str, ...], ndjson: bool, when_full: WhenFull, lane: str, redis_url: str | None, as_json: bool
) -> None:
    """Put payloads into the intake of a lane and return; workers do the rest.

    PATH is a file, a directory (all files below it), a pattern or - for standard input; large WARC files are read
    record by record. With --json each line names a payload and its entry id. While the lane is full it waits. The exit
    status is 1 when a path could not be read.
    """
    settings = read_settings(redis_url)
    checked_lane(settings, lane)
    inputs = read_ndjson(paths) if ndjson else read_inputs(paths, settings.limits.raw_bytes)
    told: list[Told] = []
    bad: list[Input] = []
    count = 0
    console = Console(stderr=True)
    columns = (TextColumn("pushing {task.description}"), TextColumn("{task.completed}"), TimeElapsedColumn())
    with (
        client(settings, lane, when_full) as intake,
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        task = progress.add_task("")
        stream = entries(inputs, settings.intake.compress_over_bytes, told, bad)
        for count, entry_id in enumerate(intake.push_iter(stream), start=1):
            progress.update(task, completed=count, description=told[count - 1].name)
            if as_json:
                click.echo(orjson.dumps({"payload": told[count - 1].name, "entry": entry_id}))
    if not as_json:
        click.echo(f"{count} payloads are in lane {lane}")
    for item in bad:
        click.echo(f"copydesk: {item.name}: {item.error}", err=True)
    sys.exit(1 if bad else 0)
