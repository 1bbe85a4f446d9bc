"""The command line `copydesk`; each command is a module that is imported only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

import click

from worker import __version__
from worker.errors import ConfigError, CopydeskError

_COMMANDS: Final = {
    "cluster": "List the copies and versions of one text.",
    "check": "Build every component and ping every part.",
    "deadletters": "List, show, put back or drop records that a sink refused.",
    "contract": "Check payloads against the contract.",
    "correct": "Tell all sinks that fields of a delivered record are corrected.",
    "diff": "Compare records of two versions, field by field.",
    "dup": "Say what two payloads are to each other, and show in what they differ.",
    "health": "Tell whether the line makes progress; exit codes for probes.",
    "lanes": "Show lanes, stop and start them.",
    "parse": "Show the records of payloads, without any server.",
    "profile": "Test publisher profiles, show which one holds, try one on a page.",
    "push": "Put payloads into the intake.",
    "quarantine": "List, show, put back, export or drop payloads that failed.",
    "replay": "Feed payloads of the raw archive through the line again.",
    "run": "Run the whole line on payloads and wait for the result.",
    "schema": "Print the JSON Schema of record or payload, or the AsyncAPI.",
    "sinks": "Show each sink's state and how far it is behind.",
    "story": "Show articles of one event.",
    "status": "Show backlog, quarantine and counts of each lane.",
    "trace": "Show why an article came out as it did.",
    "watch": "Push files that appear in a directory.",
    "withdraw": "Tell all sinks that a delivered record is withdrawn.",
}


class _LazyGroup(click.Group):
    """A group whose help needs no command's imports, so that `--help` stays quick."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = import_module(f"worker.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101  # each module's contract
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="copydesk")
def cli() -> None:
    """Copydesk turns raw news payloads into clean, deduplicated article records.

    Start with `copydesk run examples/`, or see one payload with `copydesk parse FILE`. Workers are
    started with `celery -A worker.app worker`. Settings: copydesk.toml or COPYDESK_… variables.
    """


def main() -> None:
    """Run the command line; an error that was foreseen is one line on standard error, not a traceback."""
    try:
        cli()
    except ConfigError as exc:
        click.echo(f"copydesk: {exc}", err=True)
        sys.exit(ConfigError.exit_status)
    except CopydeskError as exc:
        click.echo(f"copydesk: {exc}", err=True)
        sys.exit(1)
