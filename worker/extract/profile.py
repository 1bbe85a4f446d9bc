"""Publisher profiles: what an operator wrote about one site, checked whole when it is loaded.

A profile names the elements of a publisher's pages that hold the fields (CSS selectors), what is to be dropped
from them, and the days of arrival for which that holds. This module makes profiles out of parsed tables; it reads
no file. `profile_match` chooses one for a page, `profile_apply` applies it.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, get_args

from worker.errors import ConfigError
from worker.model import Access, ArticleType

if TYPE_CHECKING:
    from soupsieve import SoupSieve

TEXTS: Final = frozenset({"headline", "subtitle", "section", "publisher", "language"})
LISTS: Final = frozenset({"authors", "tags"})
DATES: Final = frozenset({"published_at", "modified_at"})
WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"access": get_args(Access), "article_type": get_args(ArticleType)}
)
FIELDS: Final = frozenset({"body", "canonical_url", "images", *TEXTS, *LISTS, *DATES, *WORDS})
LEAST_WORDS: Final = 25  # of a body, below which a page does not fit: what is called `body_short` elsewhere
MOST_SELECTORS: Final = 100
_KEYS: Final = frozenset({"domain", "paths", "valid_from", "valid_until", "drop", "fields", "examples"})
_RULE_KEYS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "body": frozenset({"select", "all", "least_words"}),
        "canonical_url": frozenset({"select", "attribute", "value", "required"}),
        "images": frozenset({"select", "attribute", "all", "caption", "required"}),
        **dict.fromkeys(TEXTS, frozenset({"select", "attribute", "strip", "value", "required"})),
        **dict.fromkeys(LISTS, frozenset({"select", "attribute", "all", "split", "strip", "value", "required"})),
        **dict.fromkeys(DATES, frozenset({"select", "attribute", "strip", "format", "day_first", "required"})),
        **dict.fromkeys(WORDS, frozenset({"select", "value", "required"})),
    }
)
_SAME: Final = ("headline", "subtitle", "section", "publisher", "language", "published_at", "modified_at",
                "canonical_url", "access", "article_type")  # fmt: skip
_SAME_LISTS: Final = ("authors", "tags", "images")
_BODY_PARTS: Final = ("body_starts", "body_ends", "body_contains", "body_contains_not")
_EXAMPLE_KEYS: Final = frozenset({"file", "url", "received", "type", *_SAME, *_SAME_LISTS, *_BODY_PARTS})
_DOMAIN: Final = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,10}")


@dataclass(frozen=True, slots=True)
class Selector:
    """A compiled CSS selector with its spelling."""

    css: str
    sieve: SoupSieve = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """How one field is read: the first selector that gives something counts.

    `key` is where the rule stands in the file (`fields.headline`). `value`, where given, is the field's value: always,
    or where a selector matches. `every` takes all matches (the file says `all`).
    """

    field: str
    key: str
    select: tuple[Selector, ...] = ()
    attribute: str | None = None
    every: bool = False
    split: tuple[str, ...] = ()
    strip: tuple[str, ...] = ()
    format: str | None = None
    day_first: bool | None = None
    caption: Selector | None = None
    value: tuple[str, ...] = ()
    required: bool = False
    least_words: int = LEAST_WORDS


@dataclass(frozen=True, slots=True)
class Example:
    """A page that the profile must read as `expected` says; `file` is relative to the profile's own file."""

    file: str
    url: str
    received: date
    media_type: str | None
    expected: Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Profile:
    """One publisher's profile. `version` is a digest of its rules, so that records tell which rules read them.

    `valid_from` and `valid_until` are days of arrival, both included; None leaves that side open. `paths` are
    beginnings of a URL's path in segments, `*` any one segment; empty: all of the domain.
    """

    name: str
    version: str
    domains: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    drop: tuple[Selector, ...] = ()
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=lambda: MappingProxyType({}))
    examples: tuple[Example, ...] = ()

    def valid_on(self, day: date) -> bool:
        """Say whether the profile holds for a page that arrived on `day`."""
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)

    def selectors(self) -> Iterable[Selector]:
        """Give every selector, in the order in which they are tried."""
        yield from self.drop
        for rules in self.rules.values():
            for rule in rules:
                yield from rule.select


def read_profile(name: str, table: Mapping[str, Any]) -> Profile:
    """Make a profile of a parsed table. Raises ConfigError that names the profile and the key."""
    try:
        return _profile(name, table)
    except ConfigError as exc:
        msg = f"publisher profile {name!r}: {exc}"
        raise ConfigError(msg) from exc


def _profile(name: str, table: Mapping[str, Any]) -> Profile:
    _check_keys("", table, _KEYS)
    starts, ends = _day(table, "", "valid_from"), _day(table, "", "valid_until")
    if starts and ends and ends < starts:
        msg = f"valid_until ({ends}) lies before valid_from ({starts})"
        raise ConfigError(msg)
    fields = _inner(table.get("fields", {}), "fields")
    _check_keys("fields", fields, FIELDS)
    rules = {key: _rules(key, value) for key, value in fields.items()}
    drop = tuple(_selector(css, "drop") for css in _texts(table, "", "drop"))
    if not rules and not drop:
        msg = "it has neither fields nor drop rules, so it would do nothing"
        raise ConfigError(msg)
    if (count := len(drop) + sum(len(rule.select) for each in rules.values() for rule in each)) > MOST_SELECTORS:
        msg = f"it has {count} selectors; {MOST_SELECTORS} are allowed"
        raise ConfigError(msg)
    examples = table.get("examples", [])
    if not isinstance(examples, list):
        msg = "examples: must be tables, [[examples]]"
        raise ConfigError(msg)
    what = {key: value for key, value in table.items() if key != "examples"}
    return Profile(
        name=name,
        version=hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()[:8],
        domains=tuple(dict.fromkeys(_domain(item) for item in _texts(table, "", "domain", needed=True))),
        paths=tuple(dict.fromkeys(_path(item) for item in _texts(table, "", "paths"))),
        valid_from=starts,
        valid_until=ends,
        drop=drop,
        rules=MappingProxyType(rules),
        examples=tuple(
            _example(item, f"examples[{number}]", starts or ends) for number, item in enumerate(examples, start=1)
        ),
    )


def host_of(text: str) -> str:
    """Give a host in the form in which hosts are compared: lower case, punycode, no point at the end."""
    host = text.strip().lower().rstrip(".")
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host


def _domain(text: str) -> str:
    host = host_of(text)
    if not _DOMAIN.fullmatch(host):
        msg = f"domain: {text!r} is no domain; write it as example.org, without https:// and path"
        raise ConfigError(msg)
    return host


def _path(text: str) -> tuple[str, ...]:
    parts = tuple(part for part in text.split("/") if part)
    if not text.startswith("/") or not parts or any("*" in part and part != "*" for part in parts) or "?" in text:
        msg = f"paths: {text!r} must be the beginning of a path such as /news or /*/live; * is one whole segment"
        raise ConfigError(msg)
    return parts


def _rules(name: str, given: Any) -> tuple[Rule, ...]:
    if isinstance(given, list):
        if not given:
            msg = f"fields.{name}: is empty"
            raise ConfigError(msg)
        return tuple(_rule(name, f"fields.{name}[{number}]", item) for number, item in enumerate(given, start=1))
    return (_rule(name, f"fields.{name}", given),)


def _rule(name: str, key: str, given: Any) -> Rule:
    table = _inner(given, key)
    _check_keys(key, table, _RULE_KEYS[name])
    rule = Rule(
        field=name,
        key=key,
        select=tuple(_selector(css, f"{key}.select") for css in _texts(table, key, "select")),
        attribute=_text(table, key, "attribute"),
        every=_flag(table, key, "all", default=name in LISTS or name in {"body", "images"}) is True,
        split=_texts(table, key, "split"),
        strip=_texts(table, key, "strip"),
        format=_format(table, key),
        day_first=_flag(table, key, "day_first", default=None),
        caption=_selector(css, f"{key}.caption") if (css := _text(table, key, "caption")) else None,
        value=_texts(table, key, "value"),
        required=_flag(table, key, "required", default=False) is True,
        least_words=_count(table, key, "least_words", LEAST_WORDS),
    )
    if not rule.select and (rule.required or not rule.value):
        msg = f"{key}: needs `select`" + ("" if rule.required or name in {"body", "images"} else " or `value`")
        raise ConfigError(msg)
    if name in WORDS and (len(rule.value) != 1 or rule.value[0] not in WORDS[name]):
        msg = f"{key}.value: must be one of {', '.join(WORDS[name])}"
        raise ConfigError(msg)
    if len(rule.value) > 1 and name not in LISTS:
        msg = f"{key}.value: must be one text"
        raise ConfigError(msg)
    return rule


def _format(table: Mapping[str, Any], key: str) -> str | None:
    given = _text(table, key, "format")
    if given is not None:
        try:
            datetime.strptime(datetime(2026, 11, 24).strftime(given), given)  # noqa: DTZ001, DTZ007  # only tried out
        except ValueError as exc:
            msg = f"{key}.format: {given!r}: {exc}"
            raise ConfigError(msg) from exc
        if "%d" not in given or "%Y" not in given:
            msg = f"{key}.format: {given!r} must have %d, a month and %Y; a year is never guessed"
            raise ConfigError(msg)
        if "day_first" in table:
            msg = f"{key}: has both `format` and `day_first`"
            raise ConfigError(msg)
    return given


def _example(given: Any, key: str, fallback: date | None) -> Example:
    table = _inner(given, key)
    _check_keys(key, table, _EXAMPLE_KEYS)
    expected: dict[str, str | tuple[str, ...]] = {}
    for name in (*_SAME, *_BODY_PARTS[:2]):
        if (text := _text(table, key, name)) is not None:
            expected[name] = text
    for name in (*_SAME_LISTS, *_BODY_PARTS[2:]):
        if name in table:
            expected[name] = _texts(table, key, name)
    if not expected:
        msg = f"{key}: expects nothing; name at least `headline` or `body_starts`"
        raise ConfigError(msg)
    file, url = _text(table, key, "file"), _text(table, key, "url")
    if not file or not url:
        msg = f"{key}: needs `file` and `url`"
        raise ConfigError(msg)
    day = _day(table, key, "received") or fallback or date(2000, 1, 1)
    return Example(file, url, day, _text(table, key, "type"), MappingProxyType(expected))


def _selector(css: str, key: str) -> Selector:
    import soupsieve  # noqa: PLC0415  # takes 0.1 s with what it needs, and few installations have profiles

    try:
        return Selector(css, soupsieve.compile(css))
    except (soupsieve.SelectorSyntaxError, ValueError, TypeError, NotImplementedError) as exc:
        msg = f"{key}: {css!r} is no CSS selector: {str(exc).splitlines()[0] if str(exc) else exc!r}"
        raise ConfigError(msg) from exc


def _check_keys(where: str, table: Mapping[str, Any], known: frozenset[str]) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, sorted(known), n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}"
            msg = f"{_at(where, key)}: unknown key; {hint}"
            raise ConfigError(msg)


def _at(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _inner(given: Any, key: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        msg = f"{key}: must be a table"
        raise ConfigError(msg)
    return given


def _text(table: Mapping[str, Any], where: str, key: str) -> str | None:
    given = table.get(key)
    if isinstance(given, (date, datetime)):
        given = given.isoformat()  # an expected date may stand in the file without quotes
    if given is not None and (not isinstance(given, str) or not given.strip()):
        msg = f"{_at(where, key)}: must be a text that is not empty"
        raise ConfigError(msg)
    return given


def _texts(table: Mapping[str, Any], where: str, key: str, *, needed: bool = False) -> tuple[str, ...]:
    given = table.get(key, [])
    items = [given] if isinstance(given, str) else given
    if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
        msg = f"{_at(where, key)}: must be a text or a list of texts, none of them empty"
        raise ConfigError(msg)
    if needed and not items:
        msg = f"{_at(where, key)}: is missing"
        raise ConfigError(msg)
    return tuple(items)


def _flag(table: Mapping[str, Any], where: str, key: str, *, default: bool | None) -> bool | None:
    given = table.get(key, default)
    if given is not default and not isinstance(given, bool):
        msg = f"{_at(where, key)}: must be true or false"
        raise ConfigError(msg)
    return given


def _count(table: Mapping[str, Any], where: str, key: str, default: int) -> int:
    given = table.get(key, default)
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        msg = f"{_at(where, key)}: must be a whole number of at least 1"
        raise ConfigError(msg)
    return given


def _day(table: Mapping[str, Any], where: str, key: str) -> date | None:
    given = table.get(key)
    if isinstance(given, str):
        try:
            given = date.fromisoformat(given)
        except ValueError:
            given = True
    if given is not None and (isinstance(given, datetime) or not isinstance(given, date)):
        msg = f"{_at(where, key)}: must be a day such as 2026-01-31"
        raise ConfigError(msg)
    return given
