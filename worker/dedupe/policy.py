"""What is delivered of an article by its verdict: all of it, a reference record, or nothing but a trace; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from worker.model import Article, Delivery, Verdict

DEFAULT: Final[Mapping[str, Delivery]] = MappingProxyType(
    {
        "new": "full",
        "exact": "reference",
        "near": "reference",
        "revision": "full",
        "contained": "reference",
        "expands": "full",
        "syndicated": "reference",
    }
)
"""Revisions and longer versions in full, what is known already as a small record that says of what it is a copy."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Deliveries by kind of verdict; those of the publisher's domain hold before those for all."""

    rules: Mapping[str, Delivery] = field(default_factory=lambda: DEFAULT)
    publishers: Mapping[str, Mapping[str, Delivery]] = field(default_factory=lambda: MappingProxyType({}))

    def delivery(self, article: Article, verdict: Verdict) -> Delivery:
        """Decide for one article."""
        domain = article.publisher.domain if article.publisher else None
        own = self.publishers.get(domain or "", {})
        return own.get(verdict.kind) or self.rules.get(verdict.kind) or DEFAULT[verdict.kind]
