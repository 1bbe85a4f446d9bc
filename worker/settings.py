"""Settings from TOML and environment; unknown keys, unknown variables and wrong types refuse the start.

Precedence: environment over the file over the defaults below. The file is `COPYDESK_CONFIG` where that
is set (it must exist), else `copydesk.toml` in the working directory, else none. A variable names
a key by its path, joined by two underscores: `COPYDESK_REDIS__URL`, `COPYDESK_SINKS__FILES__OPTIONS__URL`.
`config/copydesk.toml` documents each key; a test holds it to these defaults.
"""

from __future__ import annotations

import copy
import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

import msgspec

from worker.delivery.selection import unknown_fields
from worker.errors import ConfigError
from worker.model import Delivery, VerdictKind
from worker.server import sentinels

PREFIX: Final = "COPYDESK_"
_OWN_VARIABLES: Final = frozenset({"COPYDESK_CONFIG"})
_Positive = Annotated[float, msgspec.Meta(gt=0)]
_Count = Annotated[int, msgspec.Meta(ge=1)]
_Scalar = str | int | float | bool | None
_Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9_-]{0,39}$")]


DEFAULT_SINKS: Final[Mapping[str, Mapping[str, Any]]] = {"files": {"kind": "objects", "options": {"url": "out/"}}}
"""The sinks where the file names none; a variable may then change one key of them."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the configuration: frozen, and refuses keys that it does not know."""


class Redis(_Table, frozen=True):
    """The server that holds streams and index; `cluster` tells that the URL is a node of a Redis Cluster."""

    url: str = "redis://127.0.0.1:6379/0"
    cluster: bool = False
    prefix: _Name = "copydesk"
    timeout_seconds: _Positive = 10.0

    def __repr__(self) -> str:
        """Leave the URL out: it may carry a password."""
        return f"Redis(prefix={self.prefix!r})"


class Broker(_Table, frozen=True):
    """Celery's broker; empty means the same server as `redis.url`. No article travels through it."""

    url: str = ""

    def __repr__(self) -> str:
        """Leave the URL out: it may carry a password."""
        return "Broker()"


class Intake(_Table, frozen=True):
    """Claiming, leasing and retrying; how full a lane may get; where producers put large bodies.

    `offload` has options as the sink `objects`; none: no claim check.
    """

    lanes: tuple[_Name, ...] = ("default",)
    batch_count: _Count = 16
    batch_bytes: _Count = 4_000_000
    slice_seconds: _Positive = 1.0
    poll_seconds: _Positive = 0.05
    lease_seconds: _Positive = 60.0
    max_deliveries: _Count = 3
    max_attempts: _Count = 8
    retry_base_seconds: _Positive = 1.0
    retry_cap_seconds: _Positive = 300.0
    idempotency_seconds: _Positive = 3600.0
    compress_over_bytes: _Count = 65_536
    hold_embargoed: bool = True
    order: Literal["strict", "weighted"] = "strict"
    guard_window: Annotated[int, msgspec.Meta(ge=0)] = 200
    guard_share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.5
    high_entries: Annotated[int, msgspec.Meta(ge=0)] = 5_000_000
    low_entries: Annotated[int, msgspec.Meta(ge=0)] = 4_000_000
    high_bytes: Annotated[int, msgspec.Meta(ge=0)] = 0
    low_bytes: Annotated[int, msgspec.Meta(ge=0)] = 0
    offload: dict[str, Any] = {}
    offload_over_bytes: _Count = 1_000_000

    def __repr__(self) -> str:
        """Leave the options of the object storage out: they may carry credentials."""
        return f"Intake(lanes={self.lanes!r})"


class LaneTable(_Table, frozen=True):
    """One lane: its weight where `intake.order` is `weighted`, most pool processes at a time and days in quarantine.

    0 processes or days: no limit. `shards` are streams by the payload's site, on a Cluster on different nodes.
    """

    shards: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 1
    weight: _Positive = 1.0
    processes: Annotated[int, msgspec.Meta(ge=0)] = 0
    quarantine_days: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Limits(_Table, frozen=True):
    """What one payload may cost."""

    raw_bytes: _Count = 10_000_000
    decompressed_bytes: _Count = 30_000_000
    soft_seconds: _Positive = 5.0
    hard_seconds: _Positive = 20.0
    memory_mb: Annotated[int, msgspec.Meta(ge=0)] = 2048


class Pipeline(_Table, frozen=True):
    """Which formats and enrichers run, by name."""

    formats: tuple[str, ...] = ("html", "json", "jsonfeed", "feed", "newswire", "mail", "text")
    enrichers: tuple[str, ...] = (
        "address",
        "language",
        "counts",
        "boilerplate",
        "quotes",
        "dates",
        "places",
        "entity_rules",
        "keyphrases",
        "summary",
        "tags",
        "topics",
        "sourcing",
    )


_Kind = Annotated[str, msgspec.Meta(pattern="^(" + "|".join(get_args(VerdictKind)) + ")$")]
_Deliveries = dict[_Kind, Delivery]


class Dedupe(_Table, frozen=True):
    """The index, and what is delivered of each kind of verdict."""

    window_days: _Positive = 14.0
    documents_most: Annotated[int, msgspec.Meta(ge=0)] = 0
    trace_most: Annotated[int, msgspec.Meta(ge=0)] = 50_000
    deliver: _Deliveries = {}
    lanes: dict[_Name, _Deliveries] = {}
    publishers: dict[str, _Deliveries] = {}


class Sink(_Table, frozen=True):
    """One destination: `kind` is the file in worker/sinks, `options` its own table.

    `where`, `unless` and `fields` select records and fields (docs/sinks.md). After `breaker_failures` failed attempts
    in a row, on whichever lanes, the sink rests for `breaker_rest_seconds`. Past `alarm_records` or `alarm_seconds`
    behind, an alarm is raised.
    """

    kind: str
    batch_count: _Count = 500
    batch_bytes: _Count = 16_000_000
    linger_seconds: Annotated[float, msgspec.Meta(ge=0)] = 5.0
    timeout_seconds: _Positive = 60.0
    retry_base_seconds: _Positive = 1.0
    retry_cap_seconds: _Positive = 60.0
    breaker_failures: _Count = 5
    breaker_rest_seconds: _Positive = 30.0
    alarm_records: _Count = 100_000
    alarm_seconds: _Positive = 900.0
    fields: tuple[str, ...] = ()
    where: dict[str, tuple[_Scalar, ...]] = {}
    unless: dict[str, tuple[_Scalar, ...]] = {}
    options: dict[str, Any] = {}

    def __repr__(self) -> str:
        """Leave the options out: they may carry credentials."""
        return f"Sink(kind={self.kind!r})"


class Archive(_Table, frozen=True):
    """The raw archive: untouched payloads in object storage; `options` as of the sink `objects`, none: no archive.

    `seen_days` is how long a payload's place is remembered, so that the same bytes are stored once. `replay_lane` is
    the lane of what comes back out of it.
    """

    options: dict[str, Any] = {}
    batch_count: _Count = 500
    batch_bytes: _Count = 32_000_000
    linger_seconds: Annotated[float, msgspec.Meta(ge=0)] = 30.0
    timeout_seconds: _Positive = 120.0
    seen_days: _Positive = 14.0
    replay_lane: _Name = "replay"

    def __repr__(self) -> str:
        """Leave the options out: they may carry credentials."""
        return f"Archive(replay_lane={self.replay_lane!r})"


class Stories(_Table, frozen=True):
    """The heavy tier: articles of one event put together; needs the extra `embed`."""

    on: bool = False
    batch_count: _Count = 100
    linger_seconds: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    timeout_seconds: _Positive = 120.0


class Log(_Table, frozen=True):
    """Level of the log; `auto` is console on a terminal and JSON lines elsewhere."""

    level: str = "info"
    format: str = "auto"


class Settings(_Table, frozen=True):
    """The whole configuration."""

    redis: Redis = Redis()
    broker: Broker = Broker()
    intake: Intake = Intake()
    lanes: dict[_Name, LaneTable] = {}
    limits: Limits = Limits()
    pipeline: Pipeline = Pipeline()
    formats: dict[_Name, dict[str, Any]] = {}
    enrichers: dict[_Name, dict[str, Any]] = {}
    dedupe: Dedupe = Dedupe()
    archive: Archive = Archive()
    stories: Stories = Stories()
    log: Log = Log()
    sinks: dict[_Name, Sink] = msgspec.field(default_factory=lambda: msgspec.convert(DEFAULT_SINKS, dict[_Name, Sink]))

    def broker_url(self) -> str:
        """URL in Celery's spelling: it calls a unix socket redis+socket, and repeats the scheme for each Sentinel."""
        url = self.broker.url or self.redis.url
        if not self.broker.url and url.startswith("sentinel://"):
            addresses, _, database = sentinels(url)
            userinfo = url.removeprefix("sentinel://").rpartition("@")[0]
            login = f"{userinfo}@" if userinfo else ""
            return ";".join(f"sentinel://{login}{host}:{port}/{database}" for host, port in addresses)
        return "redis+socket" + url.removeprefix("unix") if url.startswith("unix://") else url


def load(environ: Mapping[str, str], directory: Path) -> Settings:
    """Read the settings; `environ` and `directory` are given, so that a test needs no patching.

    Raises ConfigError with the path of the key, what is wrong, and the nearest known name.
    """
    tree: dict[str, Any] = {}
    source = "environment"
    if (path := config_file(environ, directory)) is not None:
        source = str(path)
        tree = _read_toml(path)
        _anchor(tree, path.resolve().parent)
    tree.setdefault("sinks", copy.deepcopy(DEFAULT_SINKS))
    for name, value in sorted(environ.items()):
        if name.startswith(PREFIX) and name not in _OWN_VARIABLES:
            _put(tree, name, value)
    _anchor(tree, directory.resolve())
    return _convert(tree, source)


def _anchor(tree: dict[str, Any], directory: Path) -> None:
    """Make `formats.html.publishers` absolute: the file means its own directory, a variable the working one."""
    formats = tree.get("formats")
    options = formats.get("html") if isinstance(formats, dict) else None
    if isinstance(options, dict) and isinstance(named := options.get("publishers"), str) and named:
        options["publishers"] = str(directory / named)


def config_file(environ: Mapping[str, str], directory: Path) -> Path | None:
    """Find the configuration file; raises ConfigError where the one named does not exist."""
    if named := environ.get("COPYDESK_CONFIG"):
        path = Path(named)
        if not path.is_file():
            msg = f"COPYDESK_CONFIG names {named}, which is not a file"
            raise ConfigError(msg)
        return path
    path = directory / "copydesk.toml"
    return path if path.is_file() else None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        msg = f"{path}: {exc}"
        raise ConfigError(msg) from exc


def _put(tree: dict[str, Any], name: str, value: str) -> None:
    *tables, key = name.removeprefix(PREFIX).lower().split("__")
    node = tree
    for table in tables:
        node = node.setdefault(table, {})
        if not isinstance(node, dict):
            msg = f"{name}: {table!r} is not a table"
            raise ConfigError(msg)
    # A list is written with commas; whether the key is one is told by the type, below.
    node[key] = _Raw(value)


class _Raw(str):
    """A value from the environment: text that may stand for a number, a truth value or a list."""

    __slots__ = ()


def _convert(tree: dict[str, Any], source: str) -> Settings:
    try:
        settings = msgspec.convert(_spread(tree, Settings), Settings, strict=False)
    except msgspec.ValidationError as exc:
        msg = f"{source}: {exc}{_nearest(str(exc))}"
        raise ConfigError(msg) from exc
    return _checked(settings)


def _spread(tree: Any, kind: Any) -> Any:
    """Split comma lists from the environment where the type at that place is a sequence."""
    if isinstance(tree, dict):
        hints = {f.name: f.type for f in _fields(kind)}
        inner = Sink if kind == dict[_Name, Sink] else None
        return {key: _spread(value, hints.get(key, inner)) for key, value in tree.items()}
    if isinstance(tree, _Raw):
        if str(kind).startswith("tuple"):
            return [part.strip() for part in tree.split(",") if part.strip()]
        return str(tree)
    return tree


def _fields(kind: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return msgspec.structs.fields(kind)
    return ()


def _nearest(message: str) -> str:
    """Suggest the nearest known key for `Object contains unknown field `x` - at `$.y``."""
    if "unknown field `" not in message:
        return ""
    wrong = message.split("unknown field `")[1].split("`", maxsplit=1)[0]
    tables: list[type[msgspec.Struct]] = [Settings, *_Table.__subclasses__()]
    known = {f.name for table in tables for f in msgspec.structs.fields(table)}
    near = difflib.get_close_matches(wrong, sorted(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _wrong_selections(settings: Settings) -> list[str]:
    return [
        f"sinks.{name}: {path!r} names no field of the record"
        for name, sink in settings.sinks.items()
        for path in unknown_fields((*sink.where, *sink.unless, *sink.fields))
    ]


def _checked(settings: Settings) -> Settings:
    limits, intake = settings.limits, settings.intake
    rules = (
        (
            2 * limits.soft_seconds + intake.slice_seconds < limits.hard_seconds,
            "limits.hard_seconds must be more than twice limits.soft_seconds + intake.slice_seconds",
        ),
        (
            limits.hard_seconds < intake.lease_seconds,
            "intake.lease_seconds must be more than limits.hard_seconds, or a slow worker is taken for a dead one",
        ),
        (bool(intake.lanes), "intake.lanes is empty"),
        (
            not settings.redis.cluster or bool(settings.broker.url),
            "redis.cluster needs broker.url, a small Redis of its own: Celery's transport cannot use a Cluster",
        ),
        (
            not intake.high_entries or 0 < intake.low_entries <= intake.high_entries,
            "intake.low_entries must be between 1 and intake.high_entries",
        ),
        (
            not intake.high_bytes or 0 < intake.low_bytes <= intake.high_bytes,
            "intake.low_bytes must be between 1 and intake.high_bytes",
        ),
        (bool(settings.sinks), "sinks is empty: the articles stream would grow for ever; add a [sinks.NAME] table"),
        (len(set(intake.lanes)) == len(intake.lanes), "intake.lanes names a lane twice"),
        (
            settings.archive.replay_lane not in intake.lanes,
            "archive.replay_lane is in intake.lanes; it is a lane of its own",
        ),
        (
            set(settings.lanes) <= {*intake.lanes, settings.archive.replay_lane},
            f"lanes names a lane that is not in intake.lanes: {', '.join(settings.lanes)}",
        ),
        (
            set(settings.dedupe.lanes) <= set(intake.lanes),
            f"dedupe.lanes names a lane that is not in intake.lanes: {', '.join(settings.dedupe.lanes)}",
        ),
        (settings.log.format in {"auto", "json", "console"}, "log.format is auto, json or console"),
        (not (wrong := _wrong_selections(settings)), "; ".join(wrong)),
        (
            settings.log.level in {"debug", "info", "warning", "error"},
            "log.level is debug, info, warning or error",
        ),
    )
    for holds, text in rules:
        if not holds:
            raise ConfigError(text)
    return settings
