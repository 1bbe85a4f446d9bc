"""The examples of docs/producers.md, run as they stand there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
import redis

from tests.integration.line import ROOT
from tests.servers import RedisServer
from worker.contract import check_entry
from worker.intake.lane import Lane

PAGE = (ROOT / "docs" / "producers.md").read_text("utf-8")
LANE = Lane("default")


def example(language: str, mark: str) -> str:
    """Give the fenced block of a language that holds a mark."""
    (found,) = [block for block in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL) if mark in block]
    return cast("str", found)


def fields(server: RedisServer) -> list[dict[bytes, bytes]]:
    with redis.Redis.from_url(server.url) as connection:
        rows = cast("list[tuple[bytes, dict[bytes, bytes]]]", connection.xrange(LANE.intake))
    return [row for _, row in rows]


def test_redis_cli(redis_server: RedisServer, tmp_path: Path) -> None:
    if shutil.which("redis-cli") is None:
        pytest.skip("redis-cli is not installed")
    (tmp_path / "page.html").write_text("<!doctype html>\n<p>“Grüße” $HOME</p>")
    script = example("sh", "XADD").replace("redis-cli", f"redis-cli -s {redis_server.socket}")
    subprocess.run(["/bin/sh", "-e", "-c", script], cwd=tmp_path, check=True, capture_output=True)
    stored = fields(redis_server)
    assert [row[b"url"] for row in stored] == [b"https://example.org/1", b"https://example.org/2"]
    for row in stored:
        assert row[b"payload"] == (tmp_path / "page.html").read_bytes()
        assert check_entry(row) == []


def test_javascript(redis_server: RedisServer) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    script = example("js", "XADD").replace('{ host: "127.0.0.1", port: 6379 }', f'"{redis_server.socket}"')
    done = subprocess.run([node, "-e", script], check=True, capture_output=True, timeout=60)
    (row,) = fields(redis_server)
    assert "Grüße" in row[b"payload"].decode()
    assert check_entry(row) == []
    with redis.Redis.from_url(redis_server.url) as connection:
        assert connection.xrange(LANE.intake, done.stdout.decode().strip(), "+")


def test_python(redis_server: RedisServer) -> None:
    script = example("python", "with Client").replace("redis://127.0.0.1:6379/0", redis_server.url)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, timeout=60)
    assert done.stdout.decode() == "pending [] None\n"
    assert len(fields(redis_server)) == 3


def test_page_names_every_field_and_every_option() -> None:
    from worker.client import ClientOptions
    from worker.contract import entry_json_schema

    properties = cast("dict[str, object]", entry_json_schema()["properties"])
    for name in properties:
        assert f"| `{name}` |" in PAGE
    scrapy = (ROOT / "worker" / "producers" / "scrapy.py").read_text("utf-8")
    for name in set(re.findall(r'"COPYDESK(_[A-Z_]+)"', scrapy)):
        assert name in PAGE
    for name in ("when_full", "block_seconds", "spill_directory", "offload_over", "largest_bytes", "batch_seconds"):
        assert name in ClientOptions.__dataclass_fields__
        assert name in PAGE
