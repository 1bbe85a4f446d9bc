"""`copydesk check`: builds every component and pings every part, before a start and as a health check."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click
import redis

from worker import wiring
from worker.cli.common import read_settings, redis_option
from worker.errors import ConfigError, CopydeskError
from worker.formats.html import Html
from worker.registry import need_embedder
from worker.server import merged
from worker.settings import Settings, config_file


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _server(settings: Settings) -> str:
    try:
        client = wiring.connect(settings, 5.0)
        abouts = merged(client.info())
        configs = [merged(client.config_get(name)) for name in ("maxmemory-policy", "appendonly")]
        policies, persistences = ({_text(value) for item in found for value in item.values()} for found in configs)
    except redis.AuthenticationError as exc:
        msg = f"redis.url: the server refuses the user or password: {exc}"
        raise ConfigError(msg) from exc
    except redis.RedisError as exc:
        msg = f"redis.url: {exc}. Is the server up, and the address right?"
        raise CopydeskError(msg) from exc
    about = abouts[0]
    notes = [f"{about.get('server_name', 'redis')} {about.get('valkey_version', about['redis_version'])}"]
    if len(abouts) > 1:
        notes.append(f"a Cluster of {len(abouts)} nodes")
    if wrong := policies - {"noeviction"}:
        msg = f"redis.url: maxmemory-policy is {wrong.pop()}; it must be noeviction, or payloads may be evicted"
        raise ConfigError(msg)
    if persistences != {"yes"}:
        notes.append("WARNING: appendonly is off, so a restart of the server loses the intake")
    return ", ".join(notes)


def _broker(settings: Settings) -> str:
    from worker.app import app  # noqa: PLC0415  # Celery takes 0.3 s to import, and reads the settings

    if not settings.broker.url:
        return "the same server"
    with app.connection_for_write(connect_timeout=5) as connection:
        try:
            connection.ensure_connection(max_retries=1, timeout=5)
        except Exception as exc:
            msg = f"broker.url: {exc}"
            raise CopydeskError(msg) from exc
        return str(connection.transport.driver_type)


def _groups(settings: Settings) -> str:
    client = wiring.connect(settings, 5.0)
    wiring.ensure_groups(settings, client)
    return f"{len(settings.intake.lanes)} lanes, {len(settings.sinks)} sinks"


def _index(settings: Settings) -> str:
    state = wiring.index(settings, wiring.connect(settings, 5.0)).state()
    told = f"{state.documents} articles kept so far, reaches back {state.reaches_back_seconds / 86_400:.1f} days"
    if state.window_cut:
        told += f"; WARNING: forgot early {state.window_cut} times, dedupe.documents_most is too low for the window"
    return told


def _sink(settings: Settings, name: str) -> str:
    return wiring.sink(settings, name).check()


def _claims(settings: Settings) -> str:
    store = wiring.claim_store(settings)
    return store.probe() if store is not None else "off"


def _formats(settings: Settings) -> str:
    formats = wiring.pipeline(settings).formats
    count = sum(len(item.profiles) for item in formats if isinstance(item, Html))
    return ", ".join(item.name for item in formats) + f"; {count} publisher profiles"


def _stories() -> str:
    need_embedder()
    return "the embedder is installed"


def _parts(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "formats", lambda: _formats(settings)
    yield "enrichers", lambda: ", ".join(item.name for item in wiring.pipeline(settings).enrichers)
    yield "server", lambda: _server(settings)
    yield "broker", lambda: _broker(settings)
    yield "streams", lambda: _groups(settings)
    yield "index", lambda: _index(settings)
    if settings.intake.offload:
        yield "intake.offload", lambda: _claims(settings)
    if settings.stories.on:
        yield "stories", _stories
    if settings.archive.options:
        yield "archive", lambda: wiring.archive_store(settings).probe()
    for name in settings.sinks:
        yield f"sink {name}", partial(_sink, settings, name)


@click.command("check")
@click.option("--quiet", is_flag=True, help="Say only what is wrong.")
@redis_option
def command(quiet: bool, redis_url: str | None) -> None:
    """Build every component and ping every part.

    The exit status is 0 when all is well, 78 for a mistake in the settings, 1 when a part cannot be
    reached.
    """
    settings = read_settings(redis_url)
    if not quiet:
        click.echo(f"ok    settings: {config_file(os.environ, Path.cwd()) or 'defaults and environment'}")
    status = 0
    for name, ask in _parts(settings):
        try:
            answer = ask()
        except ConfigError as exc:
            status = ConfigError.exit_status
            click.echo(f"FAIL  {name}: {exc}", err=True)
        except (CopydeskError, redis.RedisError) as exc:
            status = status or 1
            click.echo(f"FAIL  {name}: {exc}", err=True)
        else:
            if not quiet:
                click.echo(f"ok    {name}: {answer}")
    sys.exit(status)
