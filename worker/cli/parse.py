"""`copydesk parse`: records of payloads on standard output, one a line, without any server."""

from __future__ import annotations

import dataclasses
import itertools
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final, get_args

import click
import msgspec
import orjson

from worker import wiring
from worker.cli.common import read_settings
from worker.cli.inputs import Input, read_inputs, read_ndjson
from worker.enrich.boilerplate import marked
from worker.errors import PayloadError
from worker.extract.main_content import Mode
from worker.index.memory import MemoryIndex
from worker.index.repeats import MemoryRepeats
from worker.intake.limits import TimeExceeded, soft_limit
from worker.model import Payload, Record
from worker.pipeline import Pipeline, judge_nothing
from worker.ports import Fingerprint, Repeatable
from worker.registry import extra_installed
from worker.settings import Settings
from worker.text.markdown import to_markdown
from worker.text.sniff import rank, sniff
from worker.unpack.container import is_container, unpack
from worker.unpack.parts import Failed, Part, Skipped
from worker.wire import dump_record, read_entry

TIERS: Final = ("none", "default", "entities", "all")
_RULE: Final = b"\n---\n\n"  # between articles in Markdown; one in a text is escaped
_AHEAD: Final = 8  # payloads in hand for each process: enough to keep it busy, bounded for streams


@dataclass(frozen=True, slots=True)
class Parsed:
    """One payload's items in order; in that order fingerprints of its records, and what their publishers may repeat."""

    payload_id: str
    items: list[Record | PayloadError]
    prints: Sequence[Fingerprint]
    explain: dict[str, object] | None
    repeatable: Sequence[Repeatable | None] = ()


@cache
def _pipeline(settings_json: bytes) -> tuple[Settings, Pipeline]:
    settings = msgspec.json.decode(settings_json, type=Settings)
    return settings, wiring.pipeline(settings)


def parse_one(settings_json: bytes, item: Input, now: datetime, explain: bool) -> Parsed:
    """Parse one payload within its limits; also runs in a process of its own. Never raises for a bad payload."""
    settings, spine = _pipeline(settings_json)
    prints: Sequence[Fingerprint] = ()
    repeatable: Sequence[Repeatable | None] = ()
    why: dict[str, object] | None = None
    payload_id = item.name
    items: list[Record | PayloadError]

    if item.error is not None:
        return Parsed(payload_id, [item.error], (), None)
    try:
        payload = read_entry(item.name, item.entry, now, wiring.sizes(settings))
        payload_id = payload.payload_id
        with soft_limit(settings.limits.soft_seconds):
            if explain:
                why = _explain(spine, payload)
            reading = spine.read(payload)
            items = spine.finish(reading, judge_nothing(reading.prints))
            prints, repeatable = reading.prints, spine.repeatable(reading)
    except PayloadError as exc:
        items = [exc]
    except TimeExceeded:
        items = [PayloadError("time_exceeded", f"over {settings.limits.soft_seconds} s")]
    except MemoryError:
        items = [PayloadError("memory_exceeded", "no memory left")]
    except Exception as exc:  # noqa: BLE001  # the fence around one payload
        items = [PayloadError("unexpected", f"{type(exc).__name__}: {exc}")]
    return Parsed(payload_id, items, prints, why, repeatable)


def _explain(spine: Pipeline, payload: Payload) -> dict[str, object]:
    """Say how the formats score; of a container for each part, with the way to it, or why it was passed over."""
    if not is_container(payload):
        return _scores(spine, payload)
    return {"parts": [_explain_part(spine, part) for part in unpack(payload, spine.unpacked_bytes)]}


def _explain_part(spine: Pipeline, part: Part) -> dict[str, object]:
    shown: dict[str, object] = {"chain": list(part.chain)}
    if isinstance(part, Skipped):
        return shown | {"skipped": part.reason}
    if isinstance(part, Failed):
        return shown | {"error": {"code": part.error.code, "detail": part.error.detail}}
    try:
        return shown | _scores(spine, part.payload)
    except PayloadError as exc:
        return shown | {"error": {"code": exc.code, "detail": exc.detail}}


def _scores(spine: Pipeline, payload: Payload) -> dict[str, object]:
    scores = rank(spine.formats, sniff(payload))
    return {"formats": [{"name": name, "score": round(score, 3)} for score, name in scores]}


def _map(settings: Settings, inputs: Iterable[Input], jobs: int, explain: bool) -> Iterator[Parsed]:
    """Parse in input order, in `jobs` processes, with a bounded number of payloads in hand."""
    encoded = msgspec.json.encode(settings)
    if jobs == 1:
        yield from (parse_one(encoded, item, datetime.now(UTC), explain) for item in inputs)
        return
    waiting: deque[tuple[Input, Future[Parsed]]] = deque()
    pool = ProcessPoolExecutor(jobs)
    try:
        endless: Iterable[Input | None] = itertools.chain(inputs, itertools.repeat(None))
        for item in endless:  # None drains what is in hand when there is no more input
            if item is not None:
                waiting.append((item, pool.submit(parse_one, encoded, item, datetime.now(UTC), explain)))
                if len(waiting) < jobs * _AHEAD:
                    continue
            if not waiting:
                break
            first, future = waiting.popleft()
            try:
                yield future.result()
            except BrokenProcessPool:
                # Which payload killed its process is not told: all in hand are done again, each alone.
                for suspect in (first, *(rest for rest, _ in waiting)):
                    yield _alone(encoded, suspect, explain)
                waiting.clear()
                pool.shutdown(wait=False)
                pool = ProcessPoolExecutor(jobs)
    finally:
        pool.shutdown()


def _alone(settings_json: bytes, item: Input, explain: bool) -> Parsed:
    """Parse one payload in a process of its own, which it may kill."""
    with ProcessPoolExecutor(1) as pool:
        try:
            return pool.submit(parse_one, settings_json, item, datetime.now(UTC), explain).result()
        except BrokenProcessPool:
            return Parsed(item.name, [PayloadError("crashed", "its process died")], (), None)


def _judged(parsed: Parsed, index: MemoryIndex, repeats: MemoryRepeats, number: int) -> Iterator[Record | PayloadError]:
    """Judge a payload's articles against those of the call before it, and mark what their publishers repeat."""
    owner = str(number)
    verdicts = iter(index.reserve([(owner, parsed.prints)])[0])
    index.finalise(owner)
    repeatable = iter(parsed.repeatable)
    for item in parsed.items:
        if isinstance(item, PayloadError):
            yield item
            continue
        verdict = next(verdicts) or item.verdict
        one = next(repeatable)
        (known,) = repeats.look_up([one])
        marks = tuple(marked(known)) if known is not None else ()
        yield dataclasses.replace(item, verdict=verdict, version=verdict.version, boilerplate=marks)
        if one is not None and verdict.kind == "new":
            repeats.learn(one)


def _line(parsed: Parsed, item: Record | PayloadError, number: int) -> bytes:
    if isinstance(item, PayloadError):
        error = {"code": item.code, "detail": item.detail, "advice": item.advice}
        line = orjson.dumps({"payload_id": parsed.payload_id, "error": error})
    else:
        line = dump_record(item)
    # Of a container all parts are explained at once: on its first line, or the output would grow with their square.
    if parsed.explain is not None and (number == 0 or "parts" not in parsed.explain):
        line = orjson.dumps(orjson.loads(line) | {"explain": parsed.explain})
    return line


def _markdown(record: Record) -> bytes:
    return to_markdown(record.headline, record.body, record.paragraphs).encode("utf-8", "replace")


def _with_entities(enrichers: Sequence[str]) -> tuple[str, ...]:
    """Put the entity model in the place of the rules; where its extra is missing they stay, and that is said."""
    others = tuple(name for name in enrichers if name not in {"entities", "entity_rules"})
    if not extra_installed("entities"):
        click.echo("entities by rules alone: the model needs pip install 'copydesk[entities]'", err=True)
        return (*others, "entity_rules")
    return (*others, "entities")


def _with_enrichers(settings: Settings, enrichers: tuple[str, ...]) -> Settings:
    return msgspec.structs.replace(settings, pipeline=msgspec.structs.replace(settings.pipeline, enrichers=enrichers))


@click.command("parse")
@click.argument("paths", nargs=-1, required=True, metavar="FILE…")
@click.option("--ndjson", is_flag=True, help="FILE holds payload objects, one a line (- for standard input).")
@click.option("--dedupe", is_flag=True, help="Judge the payloads of this call against each other, in order.")
@click.option(
    "--enrich",
    type=click.Choice(TIERS),
    default="default",
    show_default=True,
    help="Which enrichers run: none, those of the settings, or with the English entity model, too (entities, all).",
)
@click.option("--explain", is_flag=True, help="Add why: scores of the formats, parts of a container.")
@click.option("--mode", type=click.Choice(get_args(Mode)), help="How main texts are found; default: of the settings.")
@click.option("--markdown", is_flag=True, help="Print articles as Markdown instead of records; errors go to stderr.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes to use.")
@click.option("--pretty/--compact", default=None, help="Default: pretty on a terminal.")
def command(  # one parameter an option
    *,
    paths: tuple[str, ...],
    ndjson: bool,
    dedupe: bool,
    enrich: str,
    explain: bool,
    mode: Mode | None,
    markdown: bool,
    jobs: int,
    pretty: bool | None,
) -> None:
    """Show the records of payloads, without any server.

    FILE is a file, a directory or - for standard input. One record a line; a payload that cannot be
    processed prints {"payload_id", "error"} in its place, and the exit status is 1 at the end. With --markdown
    articles are parted by a rule instead.
    """
    settings = read_settings()
    if enrich == "none":
        settings = _with_enrichers(settings, ())
    elif enrich in {"entities", "all"}:
        settings = _with_enrichers(settings, _with_entities(settings.pipeline.enrichers))
    if mode is not None:
        html = {**settings.formats.get("html", {}), "mode": mode}
        settings = msgspec.structs.replace(settings, formats={**settings.formats, "html": html})
    if markdown and explain:
        msg = "--explain adds to records; there are none with --markdown"
        raise click.UsageError(msg)
    wiring.pipeline(settings)  # a mistake in the settings is told before any payload is read
    inputs = read_ndjson(paths) if ndjson else read_inputs(paths, settings.limits.raw_bytes)
    out = sys.stdout.buffer
    indent = orjson.OPT_INDENT_2 if (sys.stdout.isatty() if pretty is None else pretty) else 0
    index, repeats = MemoryIndex(), MemoryRepeats()
    failed = False
    shown = 0
    for number, parsed in enumerate(_map(settings, inputs, jobs, explain)):
        for position, item in enumerate(_judged(parsed, index, repeats, number) if dedupe else parsed.items):
            failed = failed or isinstance(item, PayloadError)
            if not markdown:
                line = _line(parsed, item, position)
                out.write(orjson.dumps(orjson.loads(line), option=indent) if indent else line)
                out.write(b"\n")
            elif isinstance(item, Record):
                out.write((_RULE if shown else b"") + _markdown(item))
                shown += 1
            else:
                click.echo(f"{parsed.payload_id}: {item.code}: {item.detail}", err=True)
        out.flush()
    sys.exit(1 if failed else 0)
