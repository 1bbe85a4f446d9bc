"""`copydesk parse --jobs`: a payload that kills its process costs only itself, and order is kept."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

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


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_dedupe_marks_what_a_publisher_repeats_in_the_call_and_counts_copies_once(tmp_path: Path, jobs: str) -> None:
    notice = "Follow us on every channel for more harbour news."
    lines = []
    for number in (0, 0, 1, 1, 2, 3, 4):
        body = " ".join(f"w{number}x{word}" for word in range(40)) + f".\n\n{notice}"
        page = {"@type": "NewsArticle", "headline": f"Day {number}", "articleBody": body}
        payload = orjson.dumps(page).decode()
        lines.append(orjson.dumps({"payload": payload, "url": f"https://harbour-news.org/{number}"}))
    stream = tmp_path / "stream.ndjson"
    stream.write_bytes(b"\n".join(lines))
    for dedupe, marks in ((["--dedupe"], [0, 0, 0, 0, 0, 0, 1]), ([], [0] * 7)):
        shown = CliRunner().invoke(parse.command, ["--ndjson", str(stream), "--jobs", jobs, *dedupe])
        assert shown.exit_code == 0, shown.output
        found = [orjson.loads(line) for line in shown.stdout.splitlines()]
        assert [len(record["boilerplate"]) for record in found] == marks
        if dedupe:
            assert found[-1]["body"][slice(*[found[-1]["boilerplate"][0][key] for key in ("start", "end")])] == notice
            assert found[-1]["boilerplate"][0]["seen"] == 4
