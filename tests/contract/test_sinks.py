"""What every sink keeps to, found by walking the folder: strict options that are documented, no early connection."""

from __future__ import annotations

import socket
from importlib import import_module
from typing import Any

import msgspec
import pytest

from tests.integration.line import ROOT
from worker import sinks
from worker.registry import build_sink, names

KINDS = names(sinks)
DOCS = (ROOT / "docs/sinks.md").read_text("utf-8")
HOST = "copydesk.invalid"
OPTIONS: dict[str, dict[str, Any]] = {
    "amqp": {"url": f"amqp://me:a-secret-word@{HOST}//", "queue": "q"},
    "celery": {"url": f"amqp://me:a-secret-word@{HOST}//", "task": "t"},
    "kafka": {
        "servers": f"{HOST}:9092",
        "topic": "t",
        "security": "sasl_ssl",
        "user": "me",
        "password": "a-secret-word",
    },
    "nats": {"servers": f"nats://{HOST}", "subject": "s", "user": "me", "password": "a-secret-word"},
    "objects": {"url": "s3://bucket/x", "access_key_id": "a-secret-word", "secret_access_key": "a-secret-word"},
    "redis_list": {"url": f"redis://:a-secret-word@{HOST}", "list": "l"},
    "redis_stream": {"url": f"redis://:a-secret-word@{HOST}", "stream": "s"},
    "stdout": {},
    "webhook": {"url": f"https://{HOST}/?token=a-secret-word", "key": "a-secret-word-and-more"},
}


def options_of(kind: str) -> type[msgspec.Struct]:
    options: type[msgspec.Struct] = import_module(f"worker.sinks.{kind}").Options
    return options


@pytest.mark.parametrize("kind", KINDS)
def test_options_are_strict_and_all_documented(kind: str) -> None:
    options = options_of(kind)
    assert options.__struct_config__.forbid_unknown_fields
    assert options.__struct_config__.frozen
    assert f"`{kind}`" in DOCS
    missing = [field for field in options.__struct_fields__ if f"`{field}`" not in DOCS]
    assert not missing


@pytest.mark.parametrize("kind", sorted(set(KINDS) & set(OPTIONS)))
def test_sink_is_built_without_a_connection_and_its_options_show_no_secret(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        pytest.fail("a sink that is built must not connect: this happens in the parent of forked processes")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    sink = build_sink("mine", kind, OPTIONS[kind])
    assert sink.name == "mine"
    shown = f"{msgspec.convert(OPTIONS[kind], options_of(kind))!r} {sink!r}"
    assert "a-secret-word" not in shown
