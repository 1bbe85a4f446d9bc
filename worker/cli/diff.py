"""`copydesk diff`: what another version of extractor, enrichers or settings would change, before it is switched on."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click
import orjson
from rich.console import Console
from rich.table import Table

from worker.cli.common import json_option
from worker.compare import VOLATILE, Change, Comparison, compare, newest
from worker.model import Record
from worker.storage.records import read_records

_SHOWN: Final = 160


def _text(value: object, other: object) -> str:
    """Show a value: short ones whole, long texts from where they part."""
    shown = value if isinstance(value, str) else orjson.dumps(value).decode()
    rest = other if isinstance(other, str) else orjson.dumps(other).decode()
    if len(shown) <= _SHOWN:
        return shown
    start = next((n for n, (a, b) in enumerate(zip(shown, rest, strict=False)) if a != b), min(len(shown), len(rest)))
    begin = max(0, start - 30)
    return f"{'…' if begin else ''}{shown[begin : begin + _SHOWN]}{'…' if begin + _SHOWN < len(shown) else ''}"


def _row(name: str, changes: tuple[Change, ...], pairs: int, samples: int) -> dict[str, Any]:
    shown = [
        {"id": item.id, "url": item.url, "before": item.before, "after": item.after}
        for item in islice(changes, samples)
    ]
    return {"field": name, "changed": len(changes), "share": round(len(changes) / max(pairs, 1), 4), "samples": shown}


def _print(result: Comparison, samples: int) -> None:
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    table = Table(box=None, padding=(0, 2))
    for column in ("field", "changed", "share"):
        table.add_column(column)
    for name, changes in result.changes.items():
        table.add_row(name, str(len(changes)), f"{len(changes) / max(result.pairs, 1):.1%}")
    console.print(table)
    for name, changes in result.changes.items():
        for change in islice(changes, samples):
            console.print(f"\n[bold]{name}[/bold]  {change.id}  {change.url or ''}", markup=True)
            console.print(f"  - {_text(change.before, change.after)}", markup=False)
            console.print(f"  + {_text(change.after, change.before)}", markup=False)


@click.command("diff")
@click.argument("before", type=click.Path(exists=True, path_type=Path))
@click.argument("after", type=click.Path(exists=True, path_type=Path))
@click.option("--field", "only", multiple=True, help="Compare this field alone; may be repeated.")
@click.option("--samples", type=click.IntRange(0), default=3, show_default=True, help="Examples shown of each field.")
@json_option
def command(before: Path, after: Path, only: tuple[str, ...], samples: int, as_json: bool) -> None:
    """Compare records of two versions, field by field: how many changed, which, before and after.

    BEFORE and AFTER are files of records, one a line (packed with zstd or not), or directories of the sink `objects`.
    To judge a new version on a sample of the archive: `copydesk replay --to new.jsonl`, then
    `copydesk diff records/ new.jsonl`. Of each record the highest revision counts. Fields that only say how a record
    was made are left out unless named.
    """
    if wrong := [name for name in only if name not in Record.__dataclass_fields__]:
        msg = f"{', '.join(wrong)}: no such field of the record"
        raise click.BadParameter(msg, param_hint="--field")
    result = compare(newest(read_records(before)), newest(read_records(after)), only)
    if as_json:
        rows = [_row(name, changes, result.pairs, samples) for name, changes in result.changes.items()]
        told = {"compared": result.pairs, "changed": result.changed_records, "fields": rows}
        told |= {"only_before": result.only_before, "only_after": result.only_after}
        click.echo(orjson.dumps(told))
        return
    click.echo(
        f"{result.pairs} records compared, {result.changed_records} differ (without {', '.join(sorted(VOLATILE))})"
    )
    click.echo(f"{len(result.only_before)} are in {before} alone, {len(result.only_after)} in {after} alone")
    if result.changes:
        _print(result, samples)
