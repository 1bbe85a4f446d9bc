"""Golden pairs: each file in examples/ in, the whole records out; they also fit the published JSON Schema."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest

from worker import wiring
from worker.errors import PayloadError
from worker.model import Payload
from worker.pipeline import judge_nothing
from worker.schema import record_json_schema
from worker.settings import Settings
from worker.wire import dump_record

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EXAMPLES = sorted((ROOT / "examples").iterdir())
NOW = datetime(2026, 7, 1, tzinfo=UTC)
SPINE = wiring.pipeline(Settings())


def records(path: Path) -> list[dict[str, Any]]:
    payload = Payload(path.read_bytes(), path.name, NOW, name=path.name)
    found = SPINE.process(payload, judge_nothing)
    assert not [item for item in found if isinstance(item, PayloadError)]
    return [orjson.loads(dump_record(item)) for item in found if not isinstance(item, PayloadError)]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_example_gives_its_golden_records(path: Path, request: pytest.FixtureRequest) -> None:
    golden = HERE / f"{path.name}.golden.json"
    found = records(path)
    for record in found:  # versions of libraries change without the record's contract changing
        record["pipeline"].pop("extract", None)
    if request.config.getoption("--golden-write"):
        golden.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    assert found == orjson.loads(golden.read_bytes())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_records_fit_the_published_schema(path: Path) -> None:
    published = orjson.loads((ROOT / "docs" / "schema" / "copydesk.article-1.json").read_bytes())
    validator = jsonschema.Draft202012Validator(published)
    for record in records(path):
        validator.validate(record)


def test_published_schema_is_what_the_code_generates() -> None:
    published = orjson.loads((ROOT / "docs" / "schema" / "copydesk.article-1.json").read_bytes())
    assert published == orjson.loads(orjson.dumps(record_json_schema())), "run: copydesk schema > docs/schema/…"


def test_schema_refuses_what_is_no_record() -> None:
    record = records(EXAMPLES[0])[0]
    validator = jsonschema.Draft202012Validator(record_json_schema())
    for name, value in [("id", 1), ("tags", "a"), ("verdict", {"kind": "maybe"}), ("issues", [{"code": "x"}])]:
        assert not validator.is_valid(record | {name: value}), name
    assert not validator.is_valid({k: v for k, v in record.items() if k != "body"})
