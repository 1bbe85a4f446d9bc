"""`copydesk dup`: what two payloads are to each other, in words and colours."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

import click
import orjson
from rich.console import Console
from rich.text import Text

from worker import wiring
from worker.cli.common import json_option, read_settings
from worker.cli.inputs import read_inputs
from worker.dedupe.explain import explain
from worker.dedupe.fingerprint import fingerprint
from worker.errors import PayloadError
from worker.index.memory import MemoryIndex
from worker.model import Article, Payload
from worker.settings import Settings
from worker.wire import read_entry

_WORD: Final = re.compile(r"\s+|\S+")
_ALIKE: Final = 0.3
"""Below this share of common words two paragraphs are shown as one dropped and one added."""


@click.command("dup")
@click.argument("first", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("second", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--part", type=click.IntRange(0), default=0, show_default=True, help="Article of a payload that has many."
)
@json_option
def command(first: Path, second: Path, part: int, as_json: bool) -> None:
    """Judge the payload SECOND against FIRST, and show in what they differ.

    No server is needed: the index is one of this call. Red is only in the first text, green only in the second.
    """
    settings = read_settings()
    (one, known), (other, asked) = (_article(settings, path, part) for path in (first, second))
    index = MemoryIndex()
    old, new = fingerprint(known, one), fingerprint(asked, other)
    index.reserve([("first", [old])])
    index.finalise("first")
    ((verdict,),) = index.reserve([("second", [new])])
    assert verdict is not None  # noqa: S101  # the first is final
    sentences = list(explain(verdict, new, old.print))
    if as_json:
        click.echo(orjson.dumps({"verdict": verdict, "explanation": sentences}))
        return
    console = Console(highlight=False)
    console.print(Text(verdict.kind, style="bold"), *sentences, sep="\n")
    if verdict.kind not in {"new", "exact"}:
        console.print()
        for line in _differences(one, other, coloured=console.is_terminal):
            console.print(line, soft_wrap=True)


def _article(settings: Settings, path: Path, part: int) -> tuple[Article, Payload]:
    (item,) = read_inputs((str(path),), settings.limits.raw_bytes)
    try:
        if item.error is not None:
            raise item.error
        payload = read_entry(item.name, item.entry, datetime.now(UTC), wiring.sizes(settings))
        articles = wiring.pipeline(settings).parse(payload)
        if part >= len(articles):
            click.echo(f"copydesk: {path} has {len(articles)} articles, there is no --part {part}", err=True)
            sys.exit(2)
        article = articles[part]
        if isinstance(article, PayloadError):
            raise article
    except PayloadError as exc:
        click.echo(f"copydesk: {path}: {exc.code}: {exc.detail}", err=True)
        sys.exit(1)
    return article, payload


def _differences(one: Article, other: Article, *, coloured: bool) -> Iterator[Text]:
    """Yield the second text paragraph by paragraph, what is gone and new; without colours in [-…-], {+…+}."""
    before = [f"# {one.headline or ''}", *one.body.split("\n\n")]
    after = [f"# {other.headline or ''}", *other.body.split("\n\n")]
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (Text("  " + line, style="dim") for line in before[a:b])
            continue
        paired = min(b - a, d - c)
        for old, new in zip(before[a : a + paired], after[c : c + paired], strict=True):
            yield from _reworded(old, new, coloured=coloured)
        yield from (Text("- " + line, style="red") for line in before[a + paired : b])
        yield from (Text("+ " + line, style="green") for line in after[c + paired : d])


def _reworded(old: str, new: str, *, coloured: bool) -> Iterator[Text]:
    before, after = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < _ALIKE:
        yield Text("- " + old, style="red")
        yield Text("+ " + new, style="green")
        return
    line = Text("~ ")
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            line.append("".join(before[a:b]))
            continue
        for words, style, mark in ((before[a:b], "red strike", "[-{}-]"), (after[c:d], "green", "{{+{}+}}")):
            if words:
                line.append("".join(words) if coloured else mark.format("".join(words)), style=style)
    yield line
