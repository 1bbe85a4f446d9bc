"""`copydesk health`: whether the line makes progress, for probes: a live process says nothing of it."""

from __future__ import annotations

import sys

import click
import orjson
import redis

from worker import wiring
from worker.cli.common import json_option, read_settings, redis_option

_UNREACHABLE = 2


@click.command("health")
@click.option("--seconds", type=click.FloatRange(0), default=60.0, show_default=True, help="Longest standstill.")
@click.option("--intake-only", is_flag=True, help="Look at the lanes alone, not at the sinks.")
@redis_option
@json_option
def command(seconds: float, intake_only: bool, redis_url: str | None, as_json: bool) -> None:
    """Tell whether the line makes progress.

    Looks at what the group did, not at processes: work that waits while nothing is settled for longer than --seconds,
    lanes that are stopped, sinks that raise an alarm. An idle line is healthy. The exit status is 0 for healthy, 1 for
    a problem, 2 when the server cannot be reached.
    """
    settings = read_settings(redis_url)
    client = wiring.connect(settings, 5.0)
    try:
        states = wiring.lane_states(settings, client)
        alarms = [] if intake_only else wiring.sink_alarms(settings, client)()
    except redis.RedisError as exc:
        problems = [f"the server cannot be asked: {exc}"]
        status = _UNREACHABLE
    else:
        problems = [f"lane {state.name}: {told}" for state in states if (told := state.problem(seconds))]
        problems += [f"sink {item['sink']} on lane {item['lane']}: {item['reason']}" for item in alarms]
        status = 1 if problems else 0
    if as_json:
        click.echo(orjson.dumps({"healthy": not problems, "problems": problems}))
    else:
        for problem in problems:
            click.echo(f"copydesk: {problem}", err=True)
        if not problems:
            click.echo("healthy")
    sys.exit(status)
