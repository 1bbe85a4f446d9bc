"""A WARC file loaded into a real intake, cut off and started again."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from tests.containers import http, page, record
from tests.servers import RedisServer
from worker.client import Client, ClientOptions, IntakeFull
from worker.intake.admission import Marks, set_marks
from worker.intake.lane import Lane
from worker.producers.warc import WarcFile, load_warc

LANE = Lane("default")


def test_warc_load_reports_progress_and_can_be_started_again(redis_server: RedisServer, tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc"
    pages = [record(http(page(f"Story {n}", f"bridge {n}")), f"https://a.example/{n}") for n in range(30)]
    path.write_bytes(b"".join(pages) + b"WARC/1.1\r\nbroken")
    seen: list[tuple[int, int]] = []

    def progress(file: WarcFile) -> None:
        seen.append((file.done, file.payloads))

    with redis.Redis.from_url(redis_server.url) as server:
        set_marks(server, LANE, Marks(high_entries=20, low_entries=10))
        with Client(redis_server.url, ClientOptions(batch_count=5, when_full="raise")) as client:
            with pytest.raises(IntakeFull) as caught:
                load_warc(client, [path], progress=progress)
            assert len(caught.value.stored) == 0, "a stream's ids were given as it went"
            assert server.xlen(LANE.intake) == 20
            set_marks(server, LANE, Marks())
            seen.clear()
            (file,) = load_warc(client, [path], progress=progress, source="crawl")
        assert server.xlen(LANE.intake) == 30, "what was stored the first time is not doubled"
    assert (file.payloads, file.failed) == (30, 1)
    assert seen[-1] == (path.stat().st_size, 30)
    assert len(seen) == 7
    assert seen == sorted(seen)
