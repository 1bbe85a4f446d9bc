"""`copydesk schema`: the JSON Schema of the record, generated from the code."""

from __future__ import annotations

import click
import orjson

from worker.schema import record_json_schema


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of the record (also in docs/schema/)."""
    click.echo(orjson.dumps(record_json_schema(), option=orjson.OPT_INDENT_2))
