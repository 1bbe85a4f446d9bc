"""push, watch, contract check and the Celery task: real processes on a real server."""

from __future__ import annotations

import base64
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

import orjson
import redis
from celery import Celery

from tests.containers import http, page, record
from tests.integration.line import ROOT, start_worker, wait_until
from tests.integration.test_cli import copydesk, lines
from tests.integration.test_kill import story
from tests.servers import RedisServer
from worker.client import Client
from worker.intake.admission import Marks, set_marks
from worker.intake.lane import Lane

LANE = Lane("default")


def fields(url: str) -> list[dict[bytes, bytes]]:
    with redis.Redis.from_url(url) as server:
        rows = cast("list[tuple[bytes, dict[bytes, bytes]]]", server.xrange(LANE.intake))
    return [row for _, row in rows]


def test_push_takes_files_directories_patterns_warc_and_standard_input(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    for name in ("a.html", "b.html", "c.txt", "deep/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    noise = "".join(chr(33 + (n * n) % 90) for n in range(60_000))
    records = [record(http(page(f"S {n}", f"b {n}") + noise.encode()), f"https://a.example/{n}") for n in range(12)]
    (tmp_path / "crawl.warc").write_bytes(b"".join(records))
    url = ("--redis", redis_server.url, "--json")
    done = copydesk("push", *url, f"{tmp_path}/*.html", f"{tmp_path}/deep", f"{tmp_path}/crawl.warc", f"{tmp_path}/no")
    assert done.returncode == 1
    names = [row["payload"].removeprefix(f"{tmp_path}/") for row in lines(done.stdout)]
    assert names == ["a.html", "b.html", "deep/d.txt", *(f"crawl.warc#{n}" for n in range(1, 13))]
    assert b"no: empty: cannot be read" in done.stderr
    given = b'{"payload": "one", "id": "1"}\n\n{"payload": "eA==", "b64": true, "url": "https://a.example/"}\nbad\n'
    done = copydesk("push", *url, "--ndjson", "-", given=given)
    assert (done.returncode, len(lines(done.stdout))) == (1, 2)
    assert fields(redis_server.url)[-1] == {b"payload": b"x", b"url": b"https://a.example/"}


def test_push_into_a_full_lane_fails_when_told_to(redis_server: RedisServer, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    with redis.Redis.from_url(redis_server.url) as server, Client(redis_server.url) as client:
        set_marks(server, LANE, Marks(high_entries=1, low_entries=1))
        client.push(b"x")
    done = copydesk("push", "--redis", redis_server.url, "--when-full", "raise", str(tmp_path / "a"))
    assert (done.returncode, b"is full" in done.stderr) == (1, True)


def watch(url: str, directory: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = ["watch", str(directory), "--redis", url, "--poll", "0.05", "--settle", "0.3", "--json", *arguments]
    return subprocess.Popen(
        [sys.executable, "-c", "from worker.cli import main; main()", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_watch_takes_files_that_no_longer_grow(redis_server: RedisServer, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "early.txt").write_text("early")
    (tmp_path / ".hidden").write_text("hidden")
    with watch(redis_server.url, tmp_path, "--settle", "1.5") as process:
        growing = (tmp_path / "growing.txt").open("w")
        for n in range(20):
            growing.write(f"line {n}\n")
            growing.flush()
            time.sleep(0.05)
        growing.close()
        wait_until((tmp_path / "done" / "growing.txt").exists, 30, "the file is taken")
        (tmp_path / "growing.txt").write_text("another of the same name")
        wait_until((tmp_path / "done" / "growing.1.txt").exists, 30, "the next one is taken")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert (tmp_path / ".hidden").exists()
    assert (tmp_path / "done" / "sub" / "early.txt").exists()
    bodies = [row[b"payload"] for row in fields(redis_server.url)]
    assert sorted(bodies) == sorted(
        [b"early", b"".join(b"line %d\n" % n for n in range(20)), b"another of the same name"]
    )
    told = [orjson.loads(line) for line in out.splitlines()]
    assert [len(row["entries"]) for row in told] == [1, 1, 1]


def test_watch_puts_what_it_cannot_read_aside(redis_server: RedisServer, tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_bytes(b'{"payload": "good"}\nbad\n')
    with watch(redis_server.url, tmp_path, "--once", "--ndjson") as process:
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert "items.jsonl:2: markup_invalid" in (tmp_path / "failed" / "items.jsonl.errors").read_text()
    assert [row[b"payload"] for row in fields(redis_server.url)] == [b"good"]


def test_watch_that_is_killed_doubles_and_loses_nothing(redis_server: RedisServer, tmp_path: Path) -> None:
    for n in range(60):
        (tmp_path / f"{n:02}.jsonl").write_bytes(b"".join(b'{"payload": "%d-%d"}\n' % (n, m) for m in range(20)))
    for _ in range(4):
        with watch(redis_server.url, tmp_path, "--ndjson") as process:
            assert process.stdout is not None
            for _ in range(8):
                process.stdout.readline()
            process.kill()
    with redis.Redis.from_url(redis_server.url) as server:
        set_marks(server, LANE, Marks(high_entries=1100, low_entries=900))  # the rest waits for room
        process = watch(redis_server.url, tmp_path, "--ndjson", "--once")
        try:
            wait_until(lambda: server.hget(LANE.admission, "closed") is not None, 30, "the lane is full")
            set_marks(server, LANE, Marks())
            process.communicate(timeout=60)
        finally:
            process.kill()
    bodies = [row[b"payload"] for row in fields(redis_server.url)]
    assert sorted(bodies) == sorted(b"%d-%d" % (n, m) for n in range(60) for m in range(20))


def test_watch_has_a_directory_for_itself(redis_server: RedisServer, tmp_path: Path) -> None:
    with watch(redis_server.url, tmp_path) as first:
        wait_until((tmp_path / ".copydesk-watch").exists, 30, "the first has it")
        time.sleep(0.2)
        with watch(redis_server.url, tmp_path, "--once") as second:
            _, err = second.communicate(timeout=30)
        first.terminate()
        first.communicate(timeout=30)
    assert (second.returncode, b"another copydesk watch" in err) == (1, True)


def test_contract_check_names_lines_and_waiting_entries(redis_server: RedisServer, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_bytes(b'{"payload": "x"}\n\n{"payload": "y", "url": "story"}\n')
    bad.write_bytes(b'{"payload": "x"}\n{"body": "x"}\n')
    done = copydesk("contract", "check", str(good))
    assert (done.returncode, done.stdout.count(b"\n")) == (0, 2)
    assert f"{good}:3: warning: url_doubtful" in done.stdout.decode()
    done = copydesk("contract", "check", str(good), str(bad))
    assert done.returncode == 1
    assert f"{bad}:2: error: fields_invalid" in done.stdout.decode()
    assert b"4 payloads, 1 errors, 1 warnings" in done.stdout
    done = copydesk("contract", "check", "--json", "-", given=b"{")
    assert lines(done.stdout)[0]["where"] == "-:1"
    with redis.Redis.from_url(redis_server.url) as server:
        server.xadd(LANE.intake, {"payload": "x", "link": "https://a.example/"})
        entry = cast("bytes", server.xadd(LANE.intake, {"body": "x"}))
    done = copydesk("contract", "check", "--lane", "default", "--redis", redis_server.url)
    assert done.returncode == 1
    assert f"{entry.decode()}: error: fields_invalid" in done.stdout.decode()
    assert copydesk("contract", "check").returncode == 2


def test_push_offloads_where_the_settings_say_so(redis_server: RedisServer, tmp_path: Path) -> None:
    place = {"COPYDESK_INTAKE__OFFLOAD__URL": str(tmp_path / "claims"), "COPYDESK_INTAKE__OFFLOAD_OVER_BYTES": "100"}
    (tmp_path / "large.txt").write_bytes(bytes(range(256)))
    (tmp_path / "small.txt").write_bytes(b"small")
    url = ("--redis", redis_server.url)
    done = copydesk("push", *url, f"{tmp_path}/*.txt", environ=place)
    assert done.returncode == 0, done.stderr
    large, small = fields(redis_server.url)
    assert (b"payload" in large, orjson.loads(large[b"ref"])["size"], small[b"payload"]) == (False, 256, b"small")
    assert len([path for path in (tmp_path / "claims").rglob("*") if path.is_file()]) == 1
    done = copydesk("check", *url, environ={**place, "COPYDESK_SINKS__FILES__OPTIONS__URL": str(tmp_path / "out")})
    assert (done.returncode, b"ok    intake.offload" in done.stdout) == (0, True)


def test_bare_xadd_is_processed_like_any_other(redis_server: RedisServer, tmp_path: Path) -> None:
    worker = start_worker(redis_server.url, tmp_path, {}, "--concurrency", "1", "-Q", "copydesk")
    try:
        with redis.Redis.from_url(redis_server.url) as server, Client(redis_server.url) as client:
            entry = cast("bytes", server.execute_command("XADD", LANE.intake, "*", "payload", story(1), "extra", "x"))
            settled = client.wait([entry.decode()], timeout=60)[entry.decode()]
    finally:
        worker.kill_tree()
    assert settled.state == "done"
    assert settled.records[0]["payload_id"] == entry.decode()


def sender(url: str) -> Celery:
    app = Celery("crawler", broker="redis+socket" + url.removeprefix("unix"))
    app.conf.broker_transport_options = {"global_keyprefix": "copydesk-celery."}
    return app


def test_celery_task_pushes(redis_server: RedisServer, tmp_path: Path) -> None:
    app = sender(redis_server.url)
    body = story(1)
    for fields_ in (
        {"payload": body.decode(), "url": "https://a.example/1", "id": "one"},
        {"payload": body.decode(), "url": "https://a.example/1", "id": "one"},
        {"payload": base64.b64encode(story(2)).decode(), "b64": True, "id": "two"},
        {"payload": 7},
        {"payload": "x", "lane": "none"},
    ):
        app.send_task("copydesk.push", kwargs=cast("Any", fields_), queue="copydesk")
    app.close()
    worker = start_worker(redis_server.url, tmp_path, {}, "--concurrency", "1", "-Q", "copydesk")
    try:
        with redis.Redis.from_url(redis_server.url) as server:
            wait_until(lambda: server.xlen(LANE.articles) == 2, 60, "both are articles")
            rows = cast("list[tuple[bytes, dict[bytes, bytes]]]", server.xrange(LANE.articles))
            records = [orjson.loads(row[b"record"]) for _, row in rows]
            wait_until(lambda: worker.log.read_text().count("fields_invalid") >= 2, 30, "the wrong ones are told")
            assert server.xlen(LANE.articles) == 2
    finally:
        worker.kill_tree()
    assert [item["payload_id"] for item in records] == ["one", "two"]
    assert records[0]["url"] == "https://a.example/1"


def test_celery_task_waits_in_the_broker_while_the_lane_is_full(redis_server: RedisServer, tmp_path: Path) -> None:
    """The lane is full of what nobody claims; the messages come back until it opens."""
    app = sender(redis_server.url)
    environ = {"COPYDESK_INTAKE__HIGH_ENTRIES": "1", "COPYDESK_INTAKE__LOW_ENTRIES": "1"}
    with redis.Redis.from_url(redis_server.url) as server:
        for name in ("a", "b"):
            server.xadd(LANE.intake, {"payload": name})
        server.execute_command("XGROUP", "CREATE", LANE.intake, "workers", "$")  # they count, and nobody claims them
        set_marks(server, LANE, Marks(high_entries=1, low_entries=1))
        for n in range(3):
            app.send_task("copydesk.push", kwargs={"payload": story(n).decode(), "id": f"s{n}"}, queue="copydesk")
        app.close()
        worker = start_worker(redis_server.url, tmp_path, environ, "--concurrency", "2", "-Q", "copydesk")
        try:
            wait_until(lambda: "push.refused" in worker.log.read_text(), 60, "the task met the full lane")
            assert server.xlen(LANE.intake) == 2
            server.xtrim(LANE.intake, 0, approximate=False)
            wait_until(lambda: server.xlen(LANE.articles) == 3, 90, "all three are articles, once")
        finally:
            worker.kill_tree()
