"""What unpacking gives: payloads, what was passed over, and what failed, each with the way that led to it."""

from __future__ import annotations

from dataclasses import dataclass

from worker.errors import PayloadError
from worker.model import Issue, Payload

Chain = tuple[str, ...]
"""The way from the outermost payload to a part, for people: `("zip: dump/page.html", "gzip")`. Never used as a path."""


@dataclass(frozen=True, slots=True)
class Inner:
    """A payload to parse; `chain` is empty where the payload given was no container."""

    payload: Payload
    chain: Chain = ()
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part that is no article by nature (an image, a redirect, a request)."""

    chain: Chain
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A part that should have been a payload and could not be read."""

    chain: Chain
    error: PayloadError


Part = Inner | Skipped | Failed
