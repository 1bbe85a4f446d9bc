"""The published contract is what the code reads: schemas, AsyncAPI, and a check that names the mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.contract import asyncapi, check_entry, check_ndjson, entry_json_schema, payload_json_schema
from worker.entry import TEXT_FIELDS, ndjson_entry, write_entry
from worker.errors import CAUSES, PayloadError
from worker.intake.lane import Lane

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("copydesk.payload-1.json", payload_json_schema),
        ("copydesk.entry-1.json", entry_json_schema),
        ("copydesk.streams-1.asyncapi.json", asyncapi),
    ],
)
def test_published_documents_are_what_the_code_generates(name: str, make: Any) -> None:
    published = orjson.loads((SCHEMAS / name).read_bytes())
    assert published == orjson.loads(orjson.dumps(make())), "run: copydesk schema payload|asyncapi > docs/schema/…"


def references(tree: object) -> Iterator[str]:
    if isinstance(tree, dict):
        if isinstance(found := tree.get("$ref"), str):
            yield found
        for value in tree.values():
            yield from references(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from references(value)


def test_asyncapi_has_the_structure_of_version_3() -> None:
    document: Any = orjson.loads(orjson.dumps(asyncapi()))
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(document["info"])
    assert set(document) <= {"asyncapi", "id", "info", "servers", "defaultContentType"} | {
        "channels",
        "operations",
        "components",
    }
    for server in document["servers"].values():
        assert {"host", "protocol"} <= set(server)
    for reference in references(document):
        if not reference.startswith("#/"):
            assert (SCHEMAS / reference).is_file(), reference
            continue
        node = document
        for part in reference[2:].split("/"):
            node = node[part]
    for name, channel in document["channels"].items():
        lane = Lane("default")
        address = channel["address"]
        for parameter, about in channel["parameters"].items():
            assert f"{{{parameter}}}" in address
            address = address.replace(f"{{{parameter}}}", about["default"])
        assert address == getattr(lane, name), "the address with its defaults is the key itself"
    for operation in document["operations"].values():
        assert operation["action"] in {"send", "receive"}
        channel = operation["channel"]["$ref"]
        for message in operation["messages"]:
            assert message["$ref"].startswith(f"{channel}/messages/")
    causes = document["components"]["messages"]["Quarantined"]["payload"]["allOf"][1]["properties"]["q_cause"]["enum"]
    assert set(causes) == set(CAUSES)


def test_schemas_name_every_field_that_is_read() -> None:
    for schema in (payload_json_schema(), entry_json_schema()):
        jsonschema.Draft202012Validator.check_schema(schema)
        properties: Any = schema["properties"]
        assert {"payload", "hints", *TEXT_FIELDS} <= set(properties)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "zstd", "1", "text/html", "eA=="]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=3,
)
OBJECTS = st.dictionaries(st.sampled_from(["payload", "b64", "hints", "x", *TEXT_FIELDS]), JSON, max_size=5)


@given(OBJECTS)
def test_what_the_schema_takes_the_code_takes(item: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(payload_json_schema())
    if not validator.is_valid(item):
        return
    try:
        entry = ndjson_entry(orjson.dumps(item))
    except PayloadError as exc:
        told = exc.detail
    else:
        told = "base64"
        texts = {name.decode(): value.decode("utf-8", "replace") for name, value in entry.items()}
        if texts.get("enc") in {None, "zstd", "gzip", "none"}:
            jsonschema.validate(texts, entry_json_schema())
    assert "base64" in told, "only what base64 is, the schema cannot say"


def test_entries_of_the_client_have_no_findings() -> None:
    good = write_entry(
        b"<html>text",
        compress_over=10**6,
        type="text/html; charset=utf-8",
        url="https://a.example/ä",
        fetched_at="2026-05-01T10:00:00+02:00",
        trace="00-" + "ab" * 16 + "-" + "cd" * 8 + "-01",
        id="k",
        hints={"a": 1},
    )
    assert check_entry(good) == []
    assert check_entry({b"payload": b"x"}) == [], "a bare XADD"


@pytest.mark.parametrize(
    ("line", "level", "code"),
    [
        (b"{", "error", "markup_invalid"),
        (b'{"body": "x"}', "error", "fields_invalid"),
        (b'{"payload": "@", "b64": true}', "error", "fields_invalid"),
        (b'{"payload": ""}', "error", "empty"),
        (b'{"payload": " \\n"}', "error", "empty"),
        (b'{"payload": "x", "v": 2}', "error", "version_unsupported"),
        (b'{"payload": "x", "enc": "br"}', "error", "compression_invalid"),
        (b'{"payload": "eA==", "b64": true, "enc": "zstd"}', "error", "compression_invalid"),
        (b'{"payload": "x", "hints": [1]}', "error", "fields_invalid"),
        (b'{"payload": "x", "URL": "https://a.example/"}', "warning", "field_unknown"),
        (b'{"payload": "x", "type": "html"}', "warning", "type_doubtful"),
        (b'{"payload": "x", "url": "/story/1"}', "warning", "url_doubtful"),
        (b'{"payload": "x", "fetched_at": "yesterday"}', "warning", "fetched_at_doubtful"),
        (b'{"payload": "x", "fetched_at": "2026-05-01T10:00:00"}', "warning", "fetched_at_doubtful"),
        (b'{"payload": "x", "trace": "abc"}', "warning", "trace_doubtful"),
        (b'{"payload": "x", "id": "%s"}' % (b"k" * 600), "warning", "id_doubtful"),
    ],
)
def test_mistakes_are_named(line: bytes, level: str, code: str) -> None:
    (finding,) = check_ndjson(line)
    assert (finding.level, finding.code) == (level, code)


def test_misspelt_field_has_its_right_name() -> None:
    assert "did you mean 'fetched_at'" in check_entry({b"payload": b"x", b"Fetched-At": b"x"})[0].text
