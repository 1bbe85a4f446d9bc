"""`copydesk schema`: the record's and the payload's JSON Schema and the streams' AsyncAPI, generated from the code."""

from __future__ import annotations

from typing import Final

import click
import orjson

from worker.contract import asyncapi, entry_json_schema, payload_json_schema
from worker.schema import record_json_schema

_DOCUMENTS: Final = {
    "record": record_json_schema,
    "payload": payload_json_schema,
    "entry": entry_json_schema,
    "asyncapi": asyncapi,
}


@click.command("schema")
@click.argument("document", type=click.Choice(sorted(_DOCUMENTS)), default="record")
def command(document: str) -> None:
    """Print a JSON Schema (record, payload in NDJSON, intake entry) or the AsyncAPI; also in docs/schema/."""
    click.echo(orjson.dumps(_DOCUMENTS[document](), option=orjson.OPT_INDENT_2))
