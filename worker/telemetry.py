"""Logging: one JSON object a line (console on a terminal), with context that never leaks between tasks."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import orjson
import structlog

_PASSWORD: Final = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+@")


def _mask(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide passwords of URLs wherever they turn up, exceptions of client libraries included."""
    for key, value in event.items():
        if isinstance(value, str) and "://" in value:
            event[key] = _PASSWORD.sub(r"\1:***@", value)
    return event


def _dump(event: object, **_options: object) -> str:
    return orjson.dumps(event, default=repr).decode("utf-8")


def configure(level: str, style: str, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's logging (Celery's too) to `stream` (default: stderr).

    `style` is `json`, `console`, or `auto`: console where the stream is a terminal.
    """
    out = stream or sys.stderr
    console = style == "console" or (style == "auto" and out.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    final: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if console:
        final += [_mask, structlog.dev.ConsoleRenderer(colors=out.isatty())]
    else:
        final += [structlog.processors.format_exc_info, _mask, structlog.processors.JSONRenderer(_dump)]
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=final))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def clear_context(**_signal: object) -> None:
    """Forget bound context; connected to Celery's signals before and after each task."""
    structlog.contextvars.clear_contextvars()
