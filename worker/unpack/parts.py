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


@dataclass(slots=True)
class Budget:
    """How many bytes may be unpacked of one payload in all, and how many are left; below 0 it is spent."""

    limit: int
    left: int

    def spend(self, size: int) -> None:
        """Count bytes; raises PayloadError `too_large` as soon as they are too many."""
        self.left -= size
        if self.left < 0:
            raise PayloadError("too_large", f"unpacks to more than {self.limit} bytes; the rest is unread")
