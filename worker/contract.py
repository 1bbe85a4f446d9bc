"""The payload contract for machines and people: JSON Schema, AsyncAPI, and a check that says what is wrong where.

All of it is generated from, or runs, the code that workers read entries with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import orjson

from worker.entry import PAYLOAD_VERSION, TEXT_FIELDS, ndjson_entry
from worker.errors import CAUSES, PayloadError
from worker.intake.lane import GROUP, Lane
from worker.model import RECORD_SCHEMA
from worker.wire import SizeLimits, read_entry

_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "payload": "The page, text, feed, message or archive as it was fetched.",
    "type": "Media type, with its charset where the server named one (the Content-Type header as it is).",
    "url": "Address from which the payload came; relative links are resolved against it.",
    "source": "What brought it: name of a crawler or feed. Copied into the record.",
    "fetched_at": "When it was fetched: ISO 8601 with offset. Copied into the record.",
    "id": "Idempotency key and the record's payload_id. Clients and scripts that know it add a key once only.",
    "enc": "Transport encoding of `payload`.",
    "v": f"Version of this contract; left out: 1. Workers of version {PAYLOAD_VERSION} refuse newer ones.",
    "trace": "W3C traceparent. Copied into the record.",
    "name": "What a person calls the payload: a file name. Shown in lists, never opened.",
    "hints": "What the producer knows of the article: withdraw, correct, embargo_until (docs/formats.md).",
    "ref": "In place of `payload`: a body in the workers' own object storage, found by its digest.",
}
_ENCODINGS: Final = ("zstd", "gzip", "none")
_REF: Final = {
    "type": "object",
    "properties": {
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "size": {"type": "integer", "minimum": 1},
    },
    "required": ["sha256", "size"],
}
_MEDIA_TYPE: Final = re.compile(r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}\s*(;.*)?", re.ASCII | re.DOTALL)
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_LONG_KEY: Final = 512


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a payload: an error ends in quarantine with this cause, a warning is likely a mistake."""

    level: Literal["error", "warning"]
    code: str
    text: str


def payload_json_schema() -> dict[str, object]:
    """JSON Schema (2020-12) of one NDJSON object, as `copydesk push --ndjson` and `parse --ndjson` read it."""
    text = {"type": ["string", "integer", "null"]}
    properties: dict[str, object] = {
        "payload": {
            "type": ["string", "object", "array"],
            "description": f"{_DESCRIPTIONS['payload']} Text; base64 with b64; a JSON value stands for its own bytes.",
        },
        "b64": {"type": "boolean", "description": "`payload` is base64."},
        **{name: {**text, "description": _DESCRIPTIONS[name]} for name in TEXT_FIELDS},
        "hints": {"type": ["object", "null"], "description": _DESCRIPTIONS["hints"]},
    }
    properties["enc"] = {"enum": [*_ENCODINGS, None], "description": _DESCRIPTIONS["enc"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:copydesk:payload:{PAYLOAD_VERSION}",
        "title": f"Copydesk payload, version {PAYLOAD_VERSION}",
        "description": "One payload in NDJSON. Fields that are not named here are ignored.",
        "type": "object",
        "properties": properties,
        "required": ["payload"],
    }


def entry_json_schema() -> dict[str, object]:
    """JSON Schema of an entry of the intake stream: all values are bytes, here as text."""
    texts = {name: {"type": "string", "description": _DESCRIPTIONS[name]} for name in TEXT_FIELDS}
    properties: dict[str, object] = {
        "payload": {"type": "string", "format": "binary", "description": _DESCRIPTIONS["payload"]},
        "ref": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": _REF,
            "description": _DESCRIPTIONS["ref"],
        },
        **texts,
        "hints": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"type": "object"},
            "description": _DESCRIPTIONS["hints"],
        },
    }
    properties["enc"] = {"type": "string", "enum": list(_ENCODINGS), "description": _DESCRIPTIONS["enc"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:copydesk:entry:{PAYLOAD_VERSION}",
        "title": f"Copydesk intake entry, version {PAYLOAD_VERSION}",
        "type": "object",
        "properties": properties,
        "oneOf": [{"required": ["payload"]}, {"required": ["ref"]}],
    }


def asyncapi() -> dict[str, object]:
    """AsyncAPI 3.0 document of the streams: what producers add, and what consumers of articles and quarantine read."""
    base = Lane("default", prefix="{prefix}")
    streams: dict[str, tuple[str, str, str]] = {
        "intake": (base.intake, "Payload", "Payloads on their way in. Producers XADD; consumer group " + GROUP + "."),
        "articles": (base.articles, "Record", "Finished records; each consumer makes a group of its own."),
        "quarantine": (base.quarantine, "Quarantined", "Payloads that could not be processed, with their cause."),
    }
    parameters = {
        "shard": {
            "description": "Lane and shard with the braces of their hash tag, which are part of the key.",
            "default": "{default:0}",
        },
        "prefix": {"description": "redis.prefix of the settings.", "default": "copydesk"},
    }
    entry = {name: value for name, value in entry_json_schema().items() if name not in {"$schema", "$id"}}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Copydesk streams",
            "version": str(PAYLOAD_VERSION),
            "description": "The Redis streams of a deployment; by default the intake is copydesk:{default:0}:intake.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"redis": {"host": "127.0.0.1:6379", "protocol": "redis", "description": "Redis 6.2 or Valkey."}},
        "channels": {
            name: {
                "address": key.replace("{default:0}", "{shard}"),
                "description": about,
                "messages": {message: {"$ref": f"#/components/messages/{message}"}},
                "parameters": parameters,
            }
            for name, (key, message, about) in streams.items()
        },
        "operations": {
            "pushPayload": _operation("receive", "intake", "Payload", "Copydesk takes payloads from producers."),
            "deliverRecord": _operation("send", "articles", "Record", "Copydesk gives records to consumers."),
            "quarantinePayload": _operation("send", "quarantine", "Quarantined", "Copydesk puts a payload aside."),
        },
        "components": {"messages": _messages(), "schemas": {"Entry": entry}},
    }


def _operation(action: str, channel: str, message: str, summary: str) -> dict[str, object]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"}],
    }


def _messages() -> dict[str, object]:
    causes = {"type": "string", "enum": sorted(CAUSES)}
    schema = RECORD_SCHEMA.replace("/", "-")
    record = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "Message id: the record's, or one of an event or a revision."},
            "entry": {"type": "string", "description": "Intake entry from which it came."},
            "record": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"$ref": f"{schema}.json"},
            },
        },
        "required": ["id", "entry", "record"],
    }
    quarantined = {
        "allOf": [
            {"$ref": "#/components/schemas/Entry"},
            {
                "type": "object",
                "properties": {
                    "q_cause": causes,
                    "q_detail": {"type": "string"},
                    "q_entry": {"type": "string"},
                    "q_lane": {"type": "string"},
                    "q_history": {"type": "string", "contentMediaType": "application/json"},
                },
                "required": ["q_cause", "q_entry"],
            },
        ]
    }
    return {
        "Payload": {
            "title": "A payload",
            "contentType": "application/octet-stream",
            "payload": {"$ref": "#/components/schemas/Entry"},
            "examples": [
                {"payload": {"payload": "<!doctype html>…", "type": "text/html", "url": "https://example.org/story"}}
            ],
        },
        "Record": {"title": f"A record, {RECORD_SCHEMA}", "payload": record},
        "Quarantined": {"title": "A payload in quarantine", "payload": quarantined},
    }


def check_ndjson(line: bytes, limits: SizeLimits | None = None) -> list[Finding]:
    """Check one NDJSON object; gives what is wrong, errors first."""
    try:
        entry = ndjson_entry(line)
    except PayloadError as exc:
        return [Finding("error", exc.code, exc.detail)]
    known = {"payload", "b64", "hints", *TEXT_FIELDS}
    unknown = [_unknown(name, known) for name in orjson.loads(line) if name not in known]
    return [*check_entry(entry, limits), *unknown]


def check_entry(entry: Mapping[bytes, bytes], limits: SizeLimits | None = None) -> list[Finding]:
    """Check the fields of an intake entry; gives what is wrong, errors first."""
    errors: list[Finding] = []
    if b"ref" not in entry:
        try:
            payload = read_entry("0-0", entry, datetime.now(UTC), limits or SizeLimits())
        except PayloadError as exc:
            errors.append(Finding("error", exc.code, exc.detail))
        else:
            if not payload.body.strip():
                errors.append(Finding("error", "empty", "the payload has no text"))
    known = {"payload", "b64", "hints", "ref", *TEXT_FIELDS}
    names = [name.decode("utf-8", "replace") for name in entry]
    return [*errors, *_warnings(entry), *(_unknown(name, known) for name in names if name not in known)]


def _unknown(name: str, known: set[str]) -> Finding:
    near = [other for other in sorted(known) if other.casefold() == name.casefold().replace("-", "_").strip("_")]
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return Finding("warning", "field_unknown", f"{name[:60]!r} is no field of the contract and is ignored{hint}")


def _warnings(entry: Mapping[bytes, bytes]) -> Iterator[Finding]:
    text = {name: entry.get(name.encode(), b"").decode("utf-8", "replace") for name in TEXT_FIELDS}
    told: Any = (
        ("type", _MEDIA_TYPE, "is no media type (text/html; charset=utf-8)"),
        ("url", _ADDRESS, "is no absolute address; relative links cannot be resolved"),
        ("trace", _TRACEPARENT, "is no W3C traceparent"),
    )
    for name, pattern, what in told:
        if text[name] and not pattern.fullmatch(text[name]):
            yield Finding("warning", f"{name}_doubtful", f"{name} {text[name][:80]!r} {what}")
    if text["fetched_at"] and not _is_time(text["fetched_at"]):
        shown = text["fetched_at"][:80]
        yield Finding("warning", "fetched_at_doubtful", f"fetched_at {shown!r} is no ISO 8601 time with an offset")
    if len(text["id"]) > _LONG_KEY:
        yield Finding("warning", "id_doubtful", f"id has {len(text['id'])} characters; a digest would do")


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
