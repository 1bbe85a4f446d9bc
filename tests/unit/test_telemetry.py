"""Logging: JSON lines, no passwords, and no context that leaks from one task to the next."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import orjson
import pytest
import structlog

from worker.telemetry import clear_context, configure


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure("info", "auto", stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_one_json_object_a_line_for_ours_and_for_libraries(out: io.StringIO) -> None:
    structlog.get_logger("copydesk.test").info("thing.done", count=2)
    logging.getLogger("celery.worker").warning("plain %s", "text")
    ours, theirs = map(orjson.loads, out.getvalue().splitlines())
    assert (ours["event"], ours["count"], ours["level"], ours["logger"]) == ("thing.done", 2, "info", "copydesk.test")
    assert (theirs["event"], theirs["level"]) == ("plain text", "warning")


def test_passwords_in_urls_are_masked_in_messages_and_tracebacks(out: io.StringIO) -> None:
    log = structlog.get_logger("copydesk.test")
    log.info("connecting to redis://user:hidden@host/0", url="amqp://:hidden@host")
    log.error("it.failed", exc_info=ConnectionError("cannot reach redis://:hidden@host:6379/0"))
    assert "hidden" not in out.getvalue()
    assert out.getvalue().count("***") >= 3


def test_context_of_one_task_does_not_reach_the_next(out: io.StringIO) -> None:
    structlog.contextvars.bind_contextvars(article="a1")
    structlog.get_logger("copydesk.test").info("first.done")
    clear_context()
    structlog.get_logger("copydesk.test").info("second.done")
    first, second = map(orjson.loads, out.getvalue().splitlines())
    assert first["article"] == "a1"
    assert "article" not in second
