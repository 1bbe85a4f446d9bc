"""`copydesk parse --jobs`: a payload that kills its process costs only itself, and order is kept."""

from __future__ import annotations

import os
from datetime import datetime

import pytest

from worker.cli import parse
from worker.cli.inputs import Input
from worker.errors import PayloadError
from worker.settings import Settings


def deadly(_settings: bytes, item: Input, _now: datetime, _explain: bool) -> parse.Parsed:
    if item.name == "deadly":
        os._exit(1)
    return parse.Parsed(item.name, [], [], None)


def test_payload_that_kills_its_process_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "parse_one", deadly)
    names = [*map(str, range(30)), "deadly", *map(str, range(30, 60))]
    found = list(parse._map(Settings(), (Input(name) for name in names), 2, False))
    assert [item.payload_id for item in found] == names
    (error,) = found[30].items
    assert isinstance(error, PayloadError)
    assert error.code == "crashed"
