"""Items whose fields the configuration names by path: `data.attributes.title`, `authors[].name`, `"odd.key"[0]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from worker.errors import ConfigError
from worker.extract import jsonld
from worker.extract.draft import Draft
from worker.extract.shapes.values import Item, blocks_of, plain_text, put_authors, put_date, put_images, put_publisher

FIELDS: Final = frozenset(
    "headline subtitle body authors published_at modified_at url canonical_url publisher section tags language "
    "images items".split()
)
"""What may be mapped; `items` is where the articles stand in the payload, the rest is sought in each of them."""

_KEY: Final = r'"(?P<quoted>[^"]+)"|(?P<key>[^.\[\]"\s]+)'
_ANY_KEY: Final = r'(?:"[^"]+"|[^.\[\]"\s]+)'
_MARK: Final = r"\[\d{0,4}\]"
_PATH: Final = re.compile(rf"(?:{_ANY_KEY}|{_MARK})(?:\.{_ANY_KEY}|{_MARK})*")
_TOKEN: Final = re.compile(rf"{_KEY}|\[(?P<index>\d*)\]")
_MOST_VALUES: Final = 10_000
_LONGEST_SHOWN: Final = 80
_ORIGIN: Final = "json:mapping"

Step = str | int | None
"""A key, an index, or None for each member of an array."""


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path and the text that it was parsed from."""

    text: str
    steps: tuple[Step, ...]

    def values(self, data: Any) -> list[Any]:
        """Give what stands there; nothing where the path leads nowhere."""
        found = [data]
        for step in self.steps:
            found = list(_follow(found, step))[:_MOST_VALUES]
        return [value for value in found if value is not None and value != ""]


@dataclass(frozen=True, slots=True)
class FieldPaths:
    """Paths by field; the first of a field's paths that leads to a value counts."""

    paths: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)

    def values(self, name: str, data: Any) -> tuple[list[Any], str]:
        """Give a field's values and the path that led to them."""
        for path in self.paths.get(name, ()):
            if values := path.values(data):
                return values, path.text
        return [], ""

    def fits(self, data: Any) -> bool:
        """Tell whether an object is an article by this mapping: its body or its headline is there."""
        return any(self.values(name, data)[0] for name in ("body", "headline"))


def _follow(found: list[Any], step: Step) -> Iterator[Any]:
    for value in found:
        if step is None:
            if isinstance(value, list):
                yield from value
        elif isinstance(step, int):
            if isinstance(value, list) and step < len(value):
                yield value[step]
        elif isinstance(value, dict) and step in value:
            yield value[step]


def read_path(text: str) -> Path:
    """Parse a path; raises ConfigError for a malformed one."""
    if not _PATH.fullmatch(text):
        msg = f"path {text[:_LONGEST_SHOWN]!r} is malformed; write keys with points between them, [] for each member"
        raise ConfigError(msg)
    steps: list[Step] = []
    for token in _TOKEN.finditer(text):
        index = token["index"]
        steps.append(token["quoted"] or token["key"] if index is None else int(index) if index else None)
    return Path(text, tuple(steps))


def read_mapping(table: Mapping[str, str | list[str]]) -> FieldPaths:
    """Parse a table of field to path or paths; raises ConfigError that names the field."""
    made: dict[str, tuple[Path, ...]] = {}
    for name, given in table.items():
        if name not in FIELDS:
            msg = f"mapping: {name!r} is no field; there are {', '.join(sorted(FIELDS))}"
            raise ConfigError(msg)
        try:
            made[name] = tuple(map(read_path, [given] if isinstance(given, str) else given))
        except ConfigError as exc:
            msg = f"mapping.{name}: {exc}"
            raise ConfigError(msg) from exc
    return FieldPaths(made)


def put_mapped(draft: Draft, item: Item, mapping: FieldPaths) -> None:
    """Put what the configuration names; it goes before whatever the item's shape says."""
    raw = item.raw
    for name in ("headline", "subtitle", "section", "url", "canonical_url", "language"):
        values, path = mapping.values(name, raw)
        text = next((text for value in values if (text := plain_text(value))), None)
        draft.put("language_declared" if name == "language" else name, text, _ORIGIN, path, 0.95)
    for name in ("published_at", "modified_at"):
        values, path = mapping.values(name, raw)
        put_date(draft, name, next(iter(values), None), _ORIGIN, path, 0.95)
    values, path = mapping.values("authors", raw)
    put_authors(draft, _flat(values), _ORIGIN, path, 0.95)
    values, path = mapping.values("publisher", raw)
    put_publisher(draft, jsonld.text_of(values), _ORIGIN, path, 0.95)
    values, path = mapping.values("tags", raw)
    tags = [tag for value in _flat(values) for tag in jsonld.list_of(value)]
    draft.put("tags", tuple(tags), _ORIGIN, path, 0.95)
    values, _ = mapping.values("images", raw)
    put_images(draft, jsonld.images_of(_flat(values)), item.base or draft.values.get("url"))
    values, _ = mapping.values("body", raw)
    draft.blocks = [block for value in values for block in blocks_of(value)]


def _flat(values: list[Any]) -> list[Any]:
    """Take the members of a list that a path without [] led to."""
    return [inner for value in values for inner in (value if isinstance(value, list) else [value])]
