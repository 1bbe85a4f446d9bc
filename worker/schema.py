"""Enriched article to record, and the record's JSON Schema, which is generated from `worker.model`."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC
from typing import Final, get_args, get_origin, get_type_hints

from worker.codes import DATE_REASONS
from worker.model import (
    ISSUE_CODES,
    RECORD_SCHEMA,
    Dates,
    Delivery,
    Enriched,
    Issue,
    Payload,
    Provenance,
    Record,
    Verdict,
)

_WIRE_NAMES: Final[Mapping[tuple[type, str], str]] = {(Provenance, "origin"): "from"}
_SCALARS: Final[Mapping[object, dict[str, object]]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    object: {},
}


def make_record(payload: Payload, enriched: Enriched, article_id: str, verdict: Verdict) -> Record:
    """Put payload, article, annotations and verdict together; pure, loses nothing."""
    article = enriched.article
    return Record(
        schema=RECORD_SCHEMA,
        id=article_id,
        version=verdict.version,
        revision=payload.replay.revision if payload.replay else 1,
        payload_id=payload.payload_id,
        part=article.part,
        received_at=payload.received_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        url=article.url,
        canonical_url=enriched.canonical_url or article.canonical_url,
        domain=enriched.domain or (article.publisher.domain if article.publisher else None),
        headline=article.headline,
        headline_variants=article.headline_variants,
        subtitle=article.subtitle,
        body=article.body,
        paragraphs=article.paragraphs,
        authors=article.authors,
        author_organisations=article.author_organisations,
        publisher=article.publisher,
        section=article.section,
        tags=article.tags,
        tags_normalised=article.tags_normalised if enriched.tags_normalised is None else enriched.tags_normalised,
        tags_unmentioned=enriched.tags_unmentioned or (),
        language=enriched.language,
        languages=enriched.languages or (),
        language_declared=article.language_declared,
        published_at=article.published_at,
        modified_at=article.modified_at,
        dates=enriched.dates or Dates(),
        images=article.images,
        access=article.access,
        article_type=article.article_type,
        counts=enriched.counts,
        quotes=enriched.quotes or (),
        entities=enriched.entities or (),
        places=enriched.places or (),
        topics=enriched.topics or (),
        keyphrases=enriched.keyphrases or (),
        summary=enriched.summary,
        sourcing=enriched.sourcing,
        boilerplate=enriched.boilerplate or (),
        story=None,
        verdict=verdict,
        delivery="full",
        issues=(*article.issues, *enriched.issues),
        provenance={**article.provenance, **enriched.provenance},
        pipeline={"record": RECORD_SCHEMA, **article.versions, **enriched.versions},
        source=payload.source,
        fetched_at=payload.fetched_at,
        trace=payload.trace,
        raw=payload.raw,
    )


def as_reference(record: Record, delivery: Delivery) -> Record:
    """Strip a record to what names the article and its verdict: no text, no pictures, nothing computed from them."""
    return replace(
        record,
        delivery=delivery,
        languages=(),
        dates=replace(record.dates, mentions=()),
        headline_variants=(),
        subtitle=None,
        body="",
        paragraphs=(),
        tags=(),
        tags_normalised=(),
        tags_unmentioned=(),
        images=(),
        counts=None,
        quotes=(),
        entities=(),
        places=(),
        topics=(),
        keyphrases=(),
        summary=None,
        sourcing=None,
        boilerplate=(),
        story=None,
        provenance={},
    )


def wire_name(cls: type, name: str) -> str:
    """Give a field's name in JSON, where Python would not take it."""
    return _WIRE_NAMES.get((cls, name), name)


def record_json_schema() -> dict[str, object]:
    """JSON Schema (2020-12) of the record on the wire.

    Unknown properties are allowed everywhere: fields may be added within version 1.
    """
    definitions: dict[str, object] = {}
    root = _object(Record, definitions)
    properties = typing.cast("dict[str, object]", root["properties"])
    properties["schema"] = {"const": RECORD_SCHEMA}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:copydesk:article:1",
        "title": "Copydesk article record, version 1",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _object(cls: type, definitions: dict[str, object]) -> dict[str, object]:
    hints = get_type_hints(cls)
    properties: dict[str, object] = {}
    for item in fields(cls):
        name = wire_name(cls, item.name)
        properties[name] = _schema_of(hints[item.name], definitions)
    if cls is Issue:
        properties["code"] = {"enum": sorted(ISSUE_CODES)}
    if cls is Dates:
        properties["reasons"] = {"type": "array", "items": {"enum": sorted(DATE_REASONS)}}
    description = (cls.__doc__ or "").split("\n\n")[0].replace("\n", " ").strip()
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
    }


def _schema_of(hint: object, definitions: dict[str, object]) -> dict[str, object]:
    if hint in _SCALARS:
        return dict(_SCALARS[hint])
    if is_dataclass(hint) and isinstance(hint, type):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}
            definitions[hint.__name__] = _object(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    origin, args = get_origin(hint), get_args(hint)
    if origin is typing.Literal:
        return {"enum": list(args)}
    if origin in {types.UnionType, typing.Union}:
        return {"anyOf": [{"type": "null"} if a is type(None) else _schema_of(a, definitions) for a in args]}
    if origin is tuple:
        return {"type": "array", "items": _schema_of(args[0], definitions)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _schema_of(args[1], definitions)}
    msg = f"no JSON Schema for {hint!r}"
    raise TypeError(msg)
