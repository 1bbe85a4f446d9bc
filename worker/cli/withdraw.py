"""`copydesk withdraw` and `copydesk correct`: events on records that were delivered, by the way that payloads take."""

from __future__ import annotations

from typing import IO, Any

import click
import orjson

from worker.cli.common import lane_option, read_settings, redis_option
from worker.cli.push import checked_lane, client
from worker.cli.trace import verdicts
from worker.errors import PayloadError
from worker.notice import checked_changes
from worker.settings import Settings

_reason_option = click.option("--reason", help="Why; consumers get it.")


def _records(settings: Settings, key: str) -> list[str]:
    """Give the record ids that a record id, payload id, intake entry or URL names, by the trace."""
    names = ("id", "payload_id", "entry", "url")
    ids = [str(row["id"]) for row in verdicts(settings, lambda row: key in {row[name] for name in names})]
    if not ids:
        msg = (
            f"nothing in the trace names {key}. If it is the id of a record that is older than the trace reaches, "
            "say --exactly"
        )
        raise click.ClickException(msg)
    return list(dict.fromkeys(ids))


def _send(settings: Settings, lane: str, hints: list[dict[str, Any]]) -> None:
    checked_lane(settings, lane)
    with client(settings, lane) as intake:
        for hint in hints:
            intake.push(b"notice", hints=hint, source="command")


@click.command("withdraw")
@click.argument("key", metavar="ID")
@click.option("--exactly", is_flag=True, help="ID is a record id; do not look it up in the trace.")
@_reason_option
@lane_option
@redis_option
def command(key: str, exactly: bool, reason: str | None, lane: str, redis_url: str | None) -> None:
    """Tell all sinks that a record is withdrawn: each gets a tombstone with its id.

    ID is a record id, a payload id, an intake entry or a URL; all records that it names in the trace are withdrawn.
    What is still held back by an embargo is not delivered any more.
    """
    settings = read_settings(redis_url)
    ids = [key] if exactly else _records(settings, key)
    _send(settings, lane, [{"withdraw": {"id": item, "reason": reason}} for item in ids])
    for item in ids:
        click.echo(f"{item} is withdrawn")


@click.command("correct")
@click.argument("record_id", metavar="ID")
@click.argument("changes", type=click.File("rb"))
@_reason_option
@lane_option
@redis_option
def correct(record_id: str, changes: IO[bytes], reason: str | None, lane: str, redis_url: str | None) -> None:
    """Tell all sinks that fields of a record are corrected.

    ID is the record's; CHANGES a file (- for standard input) with a JSON object of fields and their new values.
    """
    settings = read_settings(redis_url)
    try:
        given = checked_changes(orjson.loads(changes.read()), "CHANGES")
    except (orjson.JSONDecodeError, PayloadError) as exc:
        raise click.UsageError(str(exc)) from exc
    _send(settings, lane, [{"correct": {"id": record_id, "reason": reason, "changes": given}}])
    click.echo(f"{record_id} is corrected: {', '.join(given)}")
