"""`copydesk story` on a real server: what was placed can be asked for, by its id and by its records."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest
import redis
from click.testing import CliRunner

from tests.servers import RedisServer
from worker import wiring
from worker.cli.story import command
from worker.ports import Sketch
from worker.settings import load


@pytest.fixture
def url(shared_server: Callable[[str], RedisServer], tmp_path_factory: pytest.TempPathFactory) -> str:
    server = shared_server("valkey")
    client = redis.Redis.from_url(server.url)
    client.flushall()
    settings = load({"COPYDESK_REDIS__URL": server.url}, tmp_path_factory.mktemp("empty"))
    stories = wiring.stories(settings, wiring.connect(settings))
    for number in range(3):
        stories.place(f"{number:016x}" * 2, Sketch(b"\x0b" * 384, (1, 2, 3)), 1_790_000_000.0 + 60 * number)
    return server.url


@pytest.mark.parametrize("key", ["s0000000000000000", "0000000000000002" * 2])
def test_story_by_its_id_and_by_a_record(url: str, key: str) -> None:
    shown = CliRunner().invoke(command, [key, "--redis", url, "--json"])
    assert shown.exit_code == 0, shown.output
    found = orjson.loads(shown.output)
    assert (found["story"], found["size"]) == ("s0000000000000000", 3)
    assert (found["first_seen"], found["last_seen"]) == ("2026-09-21T14:13:20+00:00", "2026-09-21T14:15:20+00:00")
    assert found["members"] == [f"{number:016x}" * 2 for number in range(3)]
    plain = CliRunner().invoke(command, [key, "--redis", url])
    assert plain.output.splitlines()[0].startswith("s0000000000000000: 3 articles, 2026-09-21")


def test_unknown_story_is_said_and_the_status_is_1(url: str) -> None:
    shown = CliRunner().invoke(command, ["nothing", "--redis", url])
    assert shown.exit_code == 1
    assert "no story is known by nothing" in shown.output
