"""`copydesk contract check`: payloads against the contract, before they are pushed or while they wait."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import click
import orjson
import redis

from worker import wiring
from worker.cli.common import json_option, read_settings, redis_option
from worker.cli.inputs import walk
from worker.contract import Finding, check_entry, check_ndjson
from worker.errors import TransientError
from worker.settings import Settings

_PAGE = 100
Found = tuple[str, list[Finding]]


@click.group("contract")
def command() -> None:
    """Check payloads against the contract (docs/producers.md, `copydesk schema payload`)."""


@command.command("check")
@click.argument("paths", nargs=-1, metavar="[FILE…]")
@click.option("--lane", help="Check what waits in this lane's intake, in place of files.")
@redis_option
@json_option
def check(paths: tuple[str, ...], lane: str | None, redis_url: str | None, as_json: bool) -> None:
    """Check files of payload objects, one a line (NDJSON; - for standard input), or the entries that wait in a lane.

    Errors are what a worker would put into quarantine; warnings what is likely a mistake. The exit status is 1 when
    there is an error.
    """
    if bool(paths) == bool(lane):
        msg = "name FILE…, or --lane"
        raise click.UsageError(msg)
    settings = read_settings(redis_url)
    told = Counter[str]()
    for where, findings in _waiting(settings, lane) if lane else _files(settings, paths):
        told["payloads"] += 1
        for item in findings:
            told[f"{item.level}s"] += 1
            if as_json:
                row = {"where": where, "level": item.level, "code": item.code, "detail": item.text}
                click.echo(orjson.dumps(row))
            else:
                click.echo(f"{where}: {item.level}: {item.code}: {item.text}")
    if not as_json:
        click.echo(f"{told['payloads']} payloads, {told['errors']} errors, {told['warnings']} warnings")
    sys.exit(1 if told["errors"] else 0)


def _files(settings: Settings, paths: tuple[str, ...]) -> Iterator[Found]:
    limits = wiring.sizes(settings)
    for name in paths:
        for path in [None] if name == "-" else walk([name]):
            try:
                with click.open_file("-" if path is None else str(path), "rb") as lines:
                    for number, line in enumerate(lines, start=1):
                        if line.strip():
                            yield f"{path or '-'}:{number}", check_ndjson(line, limits)
            except OSError as exc:
                yield str(path), [Finding("error", "empty", f"cannot be read: {exc.strerror}")]


def _waiting(settings: Settings, name: str) -> Iterator[Found]:
    try:
        lane = wiring.lane(settings, name)
    except KeyError as exc:
        msg = f"there is no lane {name!r}; intake.lanes has {', '.join(settings.intake.lanes)}"
        raise click.BadParameter(msg, param_hint="--lane") from exc
    client, limits, after = wiring.connect(settings), wiring.sizes(settings), "-"
    try:
        while page := cast("Any", client.xrange(lane.intake, after, "+", count=_PAGE)):
            for entry_id, fields in page:
                yield entry_id.decode(), check_entry(fields, limits)
            after = "(" + page[-1][0].decode()
    except redis.RedisError as exc:
        msg = f"the server cannot be asked: {exc}"
        raise TransientError(msg) from exc
