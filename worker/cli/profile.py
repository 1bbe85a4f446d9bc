"""`copydesk profile`: publisher profiles: run their examples, show which one holds for a URL, try one on a page."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from worker import publishers
from worker.cli.common import read_settings
from worker.errors import ConfigError, PayloadError
from worker.extract.profile import Example, Profile
from worker.extract.profile_apply import MisfitError, try_selectors
from worker.extract.profile_match import Profiles
from worker.formats.html import Html, Options
from worker.model import Article, Payload
from worker.text.charset import decode

_SHOWN: Final = 300  # characters of a value in a report


@dataclass(frozen=True, slots=True)
class Outcome:
    """One example, or a profile without any: what was not as expected, empty where all was."""

    profile: str
    example: str
    failures: tuple[str, ...]


@click.group("profile")
def command() -> None:
    """Test publisher profiles, show which one holds for a URL, try one on a page.

    A profile is a TOML file that says where a publisher's pages have headline, body and so on:
    docs/profiles.md.
    """


@command.command("test")
@click.argument("paths", nargs=-1, metavar="[DIR|FILE]…", type=click.Path(path_type=Path))
def test(paths: tuple[Path, ...]) -> None:
    """Run the examples of profiles; the default is the directory in the settings.

    The exit status is 1 when an example is not read as it expects, or a profile has none.
    """
    found = _files(paths)
    profiles = [publishers.read_file(path)[0] for path in found]
    reader = Html(Options(profiles=publishers.tables_of(found)))
    outcomes = [
        outcome
        for path, profile in zip(found, profiles, strict=True)
        for outcome in run_examples(reader, profile, path.parent)
    ]
    _print(outcomes)
    sys.exit(1 if any(outcome.failures for outcome in outcomes) else 0)


@command.command("show")
@click.argument("url")
@click.option("--received", type=click.DateTime(["%Y-%m-%d"]), help="Day of arrival; default: today (UTC).")
@click.option("--in", "place", type=click.Path(path_type=Path), help="Directory or file; default: the settings'.")
def show(url: str, received: datetime | None, place: Path | None) -> None:
    """Say which profile holds for URL, and why. The exit status is 1 when there is none."""
    profiles = Profiles(publishers.read_file(path)[0] for path in _files((place,) if place else ()))
    day = received.date() if received else datetime.now(UTC).date()
    candidates = profiles.candidates(url, day)
    if not candidates:
        click.echo(f"none of the {len(profiles)} profiles has the domain of {url}")
        sys.exit(1)
    for number, item in enumerate(candidates):
        path = f", path /{'/'.join(item.path)}" if item.path else ""
        why = item.against or ("" if number == 0 else f"less specific than {candidates[0].profile.name}")
        mark = "-" if why else "*"
        click.echo(f"{mark} {item.profile.name}: domain {item.domain}{path}: {why or 'holds'}")
    sys.exit(0 if candidates[0].against is None else 1)


@command.command("try")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def try_(file: Path, page: Path) -> None:
    """Show what each selector of the profile FILE gives on PAGE; what is dropped is gone for those after it."""
    profile, _ = publishers.read_file(file)
    try:
        trials = try_selectors(profile, decode(page.read_bytes(), "text/html").text)
    except MisfitError as exc:
        raise click.ClickException(exc.detail) from exc
    for trial in trials:
        click.echo(f"{trial.key}: {trial.css}: {trial.count} element{'' if trial.count == 1 else 's'}")
        for text in trial.texts:
            click.echo(f"    {text}")


def _files(paths: Sequence[Path]) -> list[Path]:
    if not paths:
        named = read_settings().formats.get("html", {}).get("publishers")
        if not named:
            msg = "name a directory or a file; the settings have no formats.html.publishers"
            raise ConfigError(msg)
        paths = [Path(named)]
    found = list(dict.fromkeys(item for path in paths for item in publishers.files(path)))
    if not found:
        msg = f"no profile (*.toml) is in {', '.join(map(str, paths))}"
        raise ConfigError(msg)
    return found


def run_examples(reader: Html, profile: Profile, directory: Path) -> list[Outcome]:
    """Read each example page with all profiles and compare; files are relative to `directory`."""
    if not profile.examples:
        return [Outcome(profile.name, "-", ("it has no [[examples]], so nothing shows that it works",))]
    return [
        Outcome(profile.name, example.file, tuple(_failures(reader, profile, example, directory)))
        for example in profile.examples
    ]


def _failures(reader: Html, profile: Profile, example: Example, directory: Path) -> list[str]:
    day = datetime.combine(example.received, time(12), UTC)
    best = next(iter(reader.profiles.candidates(example.url, example.received)), None)
    if best is None or best.against is not None or best.profile.name != profile.name:
        why = "none" if best is None else best.against or f"{best.profile.name} is more specific"
        return [f"the profile does not hold for {example.url} on {example.received}: {why}"]
    try:
        body = (directory / example.file).read_bytes()
    except OSError as exc:
        return [f"the page cannot be read: {exc.strerror}"]
    try:
        article = next(iter(reader.parse(Payload(body, example.file, day, example.media_type, example.url))))
    except PayloadError as exc:
        article = exc
    if isinstance(article, PayloadError):
        return [f"no article: {article.code}: {article.detail}"]
    misfits = [f"it does not fit: {issue.detail}" for issue in article.issues if issue.code == "profile_misfit"]
    return misfits or compare(example.expected, article)


def compare(expected: Mapping[str, str | tuple[str, ...]], article: Article) -> list[str]:
    """Tell how an article differs from what an example expects: a line each, with both values."""
    told: list[str] = []
    for key, value in expected.items():
        if key.startswith("body_"):
            told += _compare_body(key, value, article.body)
        elif (found := _found(key, article)) != value:
            told.append(f"{key}: expected {_cut(value)}\n{' ' * len(key)}  found    {_cut(found)}")
    return told


def _compare_body(key: str, value: str | tuple[str, ...], body: str) -> list[str]:
    parts = (value,) if isinstance(value, str) else value
    if key == "body_starts":
        return [] if body.startswith(parts[0]) else [f"{key}: expected {_cut(parts[0])}\n  found {_cut(body[:120])}"]
    if key == "body_ends":
        return [] if body.endswith(parts[0]) else [f"{key}: expected {_cut(parts[0])}\n  found {_cut(body[-120:])}"]
    if key == "body_contains":
        return [f"{key}: {_cut(part)} is missing" for part in parts if part not in body]
    return [f"{key}: {_cut(part)} is there" for part in parts if part in body]


def _found(key: str, article: Article) -> Any:
    if key == "publisher":
        return article.publisher.name if article.publisher else None
    if key == "language":
        return article.language_declared
    if key == "images":
        return tuple(image.url for image in article.images)
    return getattr(article, key)


def _cut(value: Any) -> str:
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _print(outcomes: Sequence[Outcome]) -> None:
    table = Table("profile", "example", "result", box=None, pad_edge=False)
    for item in outcomes:
        table.add_row(item.profile, item.example, f"failed: {len(item.failures)}" if item.failures else "ok")
    Console(width=None if sys.stdout.isatty() else 200, highlight=False).print(table)
    for item in outcomes:
        for failure in item.failures:
            click.echo(f"\n{item.profile} {item.example}\n  " + failure.replace("\n", "\n  "))
