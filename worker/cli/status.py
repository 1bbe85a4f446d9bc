"""`copydesk status`: what waits, what failed and what came out, a lane a row."""

from __future__ import annotations

import click
import orjson
import redis
from rich.console import Console
from rich.table import Table

from worker import wiring
from worker.cli.common import json_option, read_settings, redis_option
from worker.errors import TransientError


@click.command("status")
@redis_option
@json_option
def command(redis_url: str | None, as_json: bool) -> None:
    """Show backlog, quarantine and counts of each lane."""
    settings = read_settings(redis_url)
    client = wiring.connect(settings)
    rows = []
    try:
        known = wiring.index(settings, client).state()
        for lane in wiring.lanes(settings):
            stats = {k.decode(): int(v) for k, v in client.hgetall(lane.stats).items() if isinstance(k, bytes)}
            rows.append(
                {
                    "lane": lane.label,
                    "backlog": client.xlen(lane.intake),
                    "parked": client.zcard(lane.parked),
                    "undelivered": client.xlen(lane.articles),
                    "quarantine": client.xlen(lane.quarantine),
                    "counts": dict(sorted(stats.items())),
                }
            )
    except redis.RedisError as exc:
        msg = f"the server cannot be asked: {exc}"
        raise TransientError(msg) from exc
    if as_json:
        click.echo(orjson.dumps({"lanes": rows, "index": known}))
        return
    table = Table(box=None)
    for name in ("lane", "backlog", "parked", "undelivered", "quarantine", "counts"):
        table.add_column(name)
    for row in rows:
        counts = row.pop("counts")
        assert isinstance(counts, dict)  # noqa: S101  # narrows the type
        table.add_row(*map(str, row.values()), "  ".join(f"{k} {v}" for k, v in counts.items()))
    Console(width=None if Console().is_terminal else 200).print(table)
    days = known.reaches_back_seconds / 86_400
    click.echo(f"index: {known.documents} articles kept so far, reaches back {days:.1f} days")
    if known.window_cut:
        click.echo(
            f"index: forgot early {known.window_cut} times; dedupe.documents_most is too low for the window", err=True
        )
