"""The way out as operators meet it: real workers, sinks that are down or wrong, the commands that show and mend it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import redis
import zstandard

from tests.integration.line import Worker, start_worker, wait_until
from tests.integration.test_cli import copydesk
from tests.integration.test_kill import story
from tests.servers import RedisServer, S3Server, closed_port
from worker.client import Client, Item
from worker.intake.lane import Lane

LANE = Lane("default")


def settings(directory: Path, server: RedisServer, sinks: str) -> dict[str, str]:
    path = directory / "copydesk.toml"
    path.write_text(f'[redis]\nurl = "{server.url}"\n{sinks}')
    return {"COPYDESK_CONFIG": str(path)}


def push(server: RedisServer, count: int, start: int = 0) -> None:
    with Client(server.url) as client:
        assert len(list(client.push_many([Item(story(number)) for number in range(start, start + count)]))) == count


def records_in(directory: Path) -> list[str]:
    found = []
    for path in directory.rglob("*.jsonl.zst"):
        with zstandard.open(path, "rt", encoding="utf-8") as lines:
            found += [orjson.loads(line)["id"] for line in lines]
    return found


def sinks_told(environ: dict[str, str]) -> dict[str, Any]:
    done = copydesk("sinks", "--json", environ=environ)
    told: dict[str, Any] = orjson.loads(done.stdout)
    assert done.returncode == (1 if told["alarms"] else 0)
    return {row["sink"]: row for row in told["sinks"]}


def test_sink_that_is_down_delays_no_other_and_catches_up(
    redis_server: RedisServer, short_path: Path, tmp_path: Path
) -> None:
    down = RedisServer(redis_server.binary, short_path / "down")
    down.directory.mkdir()
    environ = settings(
        tmp_path,
        redis_server,
        f"""
[sinks.files]
kind = "objects"
linger_seconds = 0.1
options = {{ url = "{tmp_path}/out" }}
[sinks.feed]
kind = "redis_stream"
linger_seconds = 0.1
retry_base_seconds = 0.1
retry_cap_seconds = 0.5
breaker_failures = 3
breaker_rest_seconds = 0.5
alarm_records = 30
where = {{ "verdict.kind" = ["new"] }}
fields = ["headline"]
options = {{ url = "unix://{down.socket}", stream = "finished", timeout_seconds = 2 }}
""",
    )
    worker = start_worker(redis_server.url, tmp_path, environ, "--concurrency", "2")
    client = redis.Redis.from_url(redis_server.url)
    try:
        push(redis_server, 40)
        wait_until(lambda: len(records_in(tmp_path / "out")) == 40, 40, "the other sink has all")
        wait_until(lambda: sinks_told(environ)["feed"]["state"] in {"open", "trial"}, 20, "the breaker opens")
        row = sinks_told(environ)["feed"]
        assert row["waiting"] + row["in_batch"] == 40
        assert "feed" in row["error"]
        shown = copydesk("sinks", environ=environ)
        assert shown.returncode == 1
        assert b"ALARM feed on lane default: 40 records, more than 30 records wait" in shown.stderr
        assert client.xlen(LANE.articles) == 40, "kept until the last sink has it"

        down.start()
        there = redis.Redis.from_url(down.url)
        wait_until(lambda: there.xlen("finished") == 40, 30, "the sink catches up")
        push(redis_server, 10, 40)
        wait_until(lambda: there.xlen("finished") == 50, 30, "and goes on")
        wait_until(lambda: client.xlen(LANE.articles) == 0, 20, "the stream is trimmed")
        entries: Any = there.xrange("finished")
        assert sorted(fields[b"id"].decode() for _, fields in entries) == sorted(records_in(tmp_path / "out"))
        assert set(orjson.loads(entries[0][1][b"record"])) == {"schema", "id", "version", "revision", "headline"}
        row = sinks_told(environ)["feed"]
        assert (row["state"], row["delivered"], row["waiting"], row["deadletters"]) == ("ok", 50, 0, 0)
    finally:
        worker.stop()
        down.kill()


def refused_start(environ: dict[str, str], server: RedisServer, directory: Path) -> tuple[int, str]:
    worker: Worker = start_worker(server.url, directory, environ, "--concurrency", "1")
    try:
        return worker.process.wait(40), worker.log.read_text()
    finally:
        worker.kill_tree()


def test_wrong_credentials_refuse_the_start_and_the_check_with_the_sinks_name(
    redis_server: RedisServer, s3_server: S3Server, tmp_path: Path
) -> None:
    secret = "not-the-secret-of-this-server"  # noqa: S105
    environ = settings(
        tmp_path,
        redis_server,
        f"""
[sinks.archive]
kind = "objects"
options = {{ url = "s3://{s3_server.bucket}/x", endpoint = "{s3_server.endpoint}", allow_http = true, \
access_key_id = "{s3_server.access_key_id}", secret_access_key = "{secret}" }}
""".replace("\\\n", ""),
    )
    checked = copydesk("check", environ=environ)
    assert checked.returncode == 78
    assert b"FAIL  sink archive" in checked.stderr
    status, log = refused_start(environ, redis_server, tmp_path)
    assert status == 78, log
    assert "copydesk: sink 'archive': access is refused" in log
    assert secret not in log + checked.stderr.decode()


def test_destination_that_is_away_does_not_keep_a_worker_from_starting(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    environ = settings(
        tmp_path,
        redis_server,
        f"""
[sinks.feed]
kind = "redis_stream"
options = {{ url = "redis://127.0.0.1:{closed_port()}", stream = "finished" }}
""",
    )
    worker = start_worker(redis_server.url, tmp_path, environ, "--concurrency", "1")
    client = redis.Redis.from_url(redis_server.url)
    try:
        push(redis_server, 3)
        wait_until(lambda: client.xlen(LANE.articles) == 3, 40, "it works")
        assert "sink.unreachable" in worker.log.read_text()
    finally:
        worker.stop()


@pytest.fixture
def dead(redis_server: RedisServer, tmp_path: Path) -> tuple[redis.Redis, dict[str, str]]:
    """A server with two dead letters of the sink `files`."""
    environ = settings(
        tmp_path, redis_server, f'[sinks.files]\nkind = "objects"\noptions = {{ url = "{tmp_path}/o" }}\n'
    )
    client = redis.Redis.from_url(redis_server.url)
    for number, cause in enumerate(("too_large", "rejected")):
        fields: dict[Any, Any] = {
            "id": f"r{number}",
            "record": f'{{"id":"r{number}"}}',
            "d_cause": cause,
            "d_detail": "as it was said",
        }
        client.xadd(LANE.deadletters("files"), fields)
    return client, environ


def test_dead_letters_are_listed_shown_put_back_and_dropped(dead: tuple[redis.Redis, dict[str, str]]) -> None:
    client, environ = dead
    told = copydesk("deadletters", "ls", environ=environ).stdout.decode()
    assert "files: too_large" in told
    assert "Raise the limit there" in told
    rows = [orjson.loads(line) for line in copydesk("deadletters", "ls", "--json", environ=environ).stdout.splitlines()]
    assert [row["record"] for row in rows] == ["r0", "r1"]
    shown = orjson.loads(copydesk("deadletters", "show", rows[0]["id"], "--sink", "files", environ=environ).stdout)
    assert shown["content"] == {"id": "r0"}
    done = copydesk("deadletters", "requeue", "--sink", "files", "--cause", "too_large", environ=environ)
    assert (done.returncode, done.stdout) == (0, b"1 records go to files again\n")
    entries: Any = client.xrange(LANE.articles)
    ((_, fields),) = entries
    assert fields == {b"for": b"files", b"id": b"r0", b"record": b'{"id":"r0"}'}
    assert copydesk("deadletters", "requeue", "--sink", "files", "9-9", environ=environ).returncode == 1
    done = copydesk("deadletters", "drop", "--sink", "files", "--all", "--yes", environ=environ)
    assert done.stdout == b"1 records are deleted\n"
    assert b"no dead letters" in copydesk("deadletters", "ls", environ=environ).stdout
    assert copydesk("deadletters", "drop", "--sink", "files", environ=environ).returncode == 2


def test_sink_that_left_the_settings_is_told_and_removed(dead: tuple[redis.Redis, dict[str, str]]) -> None:
    client, environ = dead
    client.xadd(LANE.articles, {"id": "r", "record": "{}"})
    client.xgroup_create(LANE.articles, "former", id="0")
    shown = copydesk("sinks", environ=environ)
    assert shown.returncode == 1
    assert b"not in the settings" in shown.stdout
    assert copydesk("sinks", "rm", "files", "--yes", environ=environ).returncode == 2
    done = copydesk("sinks", "rm", "former", "--yes", environ=environ)
    assert done.returncode == 0, done.stderr
    assert copydesk("sinks", environ=environ).returncode == 0
    assert copydesk("sinks", "rm", "former", "--yes", environ=environ).returncode == 1
