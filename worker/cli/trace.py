"""`copydesk trace` and `copydesk cluster`: why an article came out as it did, and what belongs together."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, cast

import click
import orjson
import redis
from rich.console import Console
from rich.table import Table

from worker import wiring
from worker.cli.common import json_option, read_settings, redis_option
from worker.errors import TransientError
from worker.intake.lane import Lane
from worker.settings import Settings

_PAGE = 1000


@click.command("trace")
@click.argument("key", metavar="ID")
@redis_option
@json_option
def command(key: str, redis_url: str | None, as_json: bool) -> None:
    """Show the verdicts on an article, newest first; those of dropped articles too.

    ID is a record id, a payload id, an intake entry or a URL. The trace of a lane holds the last
    `dedupe.trace_most` verdicts. Exit status 1 when nothing is found.
    """
    found = list(
        verdicts(read_settings(redis_url), lambda row: key in {row["id"], row["payload_id"], row["entry"], row["url"]})
    )
    if as_json:
        click.echo(orjson.dumps({"verdicts": found}))
    for row in [] if as_json else found:
        for line in _story(row):
            click.echo(line)
        click.echo()
    if not found:
        click.echo(f"copydesk: nothing in the trace names {key}; it may be older than the trace reaches", err=True)
        sys.exit(1)


@click.command("cluster")
@click.argument("key", metavar="ID")
@redis_option
@json_option
def cluster(key: str, redis_url: str | None, as_json: bool) -> None:
    """List the copies and versions of one text, oldest first.

    ID is a cluster's id (`verdict.cluster` of a record) or the record id of a member. Exit status 1 when nothing
    is found.
    """
    settings = read_settings(redis_url)
    names = {key[:16]} | {row["verdict"]["cluster"] for row in verdicts(settings, lambda row: row["id"] == key)}
    names.discard(None)
    members = [*verdicts(settings, lambda row: row["verdict"]["cluster"] in names or row["id"][:16] in names)][::-1]
    if not members:
        click.echo(f"copydesk: nothing in the trace belongs to {key}; it may be older than the trace reaches", err=True)
        sys.exit(1)
    if as_json:
        click.echo(orjson.dumps({"cluster": sorted(names), "members": members}))
        return
    table = Table(box=None)
    for name in ("arrived", "kind", "site", "similarity", "id", "headline"):
        table.add_column(name, overflow="fold" if name == "headline" else "ellipsis", no_wrap=name != "headline")
    for row in members:
        verdict = row["verdict"]
        similarity = "" if verdict["similarity"] is None else f"{verdict['similarity']:.2f}"
        table.add_row(
            row["received_at"], verdict["kind"], row["domain"] or "", similarity, row["id"], row["headline"] or ""
        )
    Console(width=None if Console().is_terminal else 240, highlight=False).print(table)
    origins = [origin for row in members if (origin := row["verdict"]["origin"]) is not None]
    if origins:
        likely = max(origins, key=lambda item: item["confidence"])
        named = f" ({likely['name']})" if likely["name"] else ""
        click.echo(f"likely origin: {likely['id']}{named}, by {likely['because']}, confidence {likely['confidence']}")


def verdicts(settings: Settings, wanted: Callable[[dict[str, Any]], bool]) -> Iterator[dict[str, Any]]:
    """Go through the traces of all lanes, newest first."""
    client = wiring.connect(settings)
    try:
        for lane in wiring.lanes(settings):
            yield from (row for row in _rows(client, lane) if wanted(row))
    except redis.RedisError as exc:
        msg = f"the server cannot be asked: {exc}"
        raise TransientError(msg) from exc


def _rows(client: redis.Redis, lane: Lane) -> Iterator[dict[str, Any]]:
    last = "+"
    page: list[tuple[bytes, dict[bytes, bytes]]]
    while page := cast("Any", client.xrevrange(lane.trace, max=last, min="-", count=_PAGE)):
        for _, fields in page:
            yield {"lane": lane.label, "entry": fields[b"entry"].decode(), **orjson.loads(fields[b"trace"])}
        last = "(" + page[-1][0].decode()


def _story(row: dict[str, Any]) -> Iterator[str]:
    verdict = row["verdict"]
    yield f"{row['received_at']}  {verdict['kind']}  {row['headline'] or '(no headline)'}"
    yield f"  record {row['id']}, payload {row['payload_id']}, part {row['part']}"
    yield f"  lane {row['lane']}, entry {row['entry']}"
    if row["url"]:
        yield f"  {row['url']}"
    if verdict["of"]:
        figures = ", ".join(
            f"{name} {verdict[name]}" for name in ("similarity", "containment", "coverage") if verdict[name] is not None
        )
        yield f"  of {verdict['of']}{', ' + figures if figures else ''}; evidence: {', '.join(verdict['evidence'])}"
    if verdict["reason"]:
        changes = ", ".join(f"{change['what']} {change['count']}" for change in verdict["changes"])
        yield f"  version {verdict['version']}, {verdict['reason']}{': ' + changes if changes else ''}"
    if verdict["cluster"]:
        yield f"  cluster {verdict['cluster']}"
    told = {"full": "delivered in full", "reference": "delivered as a reference record", "drop": "dropped"}
    yield f"  {told[row['delivery']]} (dedupe.deliver of the settings)"
