"""`copydesk push`: payloads into the intake, nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import click
import orjson

from worker.cli.common import json_option, lane_option, read_settings, redis_option
from worker.cli.inputs import Input, read_inputs, read_ndjson
from worker.client import Client, ClientOptions
from worker.entry import compress
from worker.settings import Settings


def client(settings: Settings, lane: str) -> Client:
    """Make the client that the settings describe."""
    options = ClientOptions(
        lane=lane,
        prefix=settings.redis.prefix,
        compress_over=settings.intake.compress_over_bytes,
        idempotency_seconds=settings.intake.idempotency_seconds,
        timeout_seconds=settings.redis.timeout_seconds,
        offload=settings.intake.offload or None,
        offload_over=settings.intake.offload_over_bytes,
    )
    return Client(settings.redis.url, options)


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
        entry = dict(item.entry)
        if b"enc" not in entry:
            entry[b"payload"], enc = compress(entry[b"payload"], compress_over)
            if enc:
                entry[b"enc"] = enc.encode()
        told.append(Told(item.name, entry.get(b"id", b"").decode("utf-8", "replace")))
        yield entry


@click.command("push")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--ndjson", is_flag=True, help="PATH holds payload objects, one a line.")
@lane_option
@redis_option
@json_option
def command(paths: tuple[str, ...], ndjson: bool, lane: str, redis_url: str | None, as_json: bool) -> None:
    """Put payloads into the intake of a lane and return; workers do the rest.

    PATH is a file, a directory (all files below it) or - for standard input. With --json each line
    names a payload and its entry id. The exit status is 1 when a path could not be read.
    """
    settings = read_settings(redis_url)
    if lane not in settings.intake.lanes:
        msg = f"there is no lane {lane!r}; intake.lanes has {', '.join(settings.intake.lanes)}"
        raise click.BadParameter(msg, param_hint="--lane")
    inputs = read_ndjson(paths) if ndjson else read_inputs(paths, settings.limits.raw_bytes)
    told: list[Told] = []
    bad: list[Input] = []
    count = 0
    with client(settings, lane) as intake:
        stream = entries(inputs, settings.intake.compress_over_bytes, told, bad)
        for count, entry_id in enumerate(intake.push_iter(stream), start=1):
            if as_json:
                click.echo(orjson.dumps({"payload": told[count - 1].name, "entry": entry_id}))
    if not as_json:
        click.echo(f"{count} payloads are in lane {lane}")
    for item in bad:
        click.echo(f"copydesk: {item.name}: {item.error}", err=True)
    sys.exit(1 if bad else 0)
