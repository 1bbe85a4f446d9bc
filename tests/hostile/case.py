"""What a hostile payload is: bytes made when they are asked for, and how the line must answer them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

PROSE = (
    "Dock workers went back to their cranes on Wednesday evening, ending a strike that had left forty-one ships "
    "waiting outside the breakwater for nine days. The union and the port company agreed on a rise of four percent."
)
SECOND = "Night shifts will be paid at one and a half times the day rate from July, the company said in a statement."
THIRD = (
    "Pilots expect the last of the waiting ships to be unloaded by Sunday. Until then the harbour master has asked "
    "fishing boats to keep clear of the northern channel, where tugs will be at work by day and by night."
)
ARTICLE = f"<p>{PROSE}</p><p>{SECOND}</p><p>{THIRD}</p>"


@dataclass(frozen=True, slots=True)
class Case:
    """One payload and the answer that is right for it.

    `codes`: the causes of quarantine of which one is right; empty where it must come out as a
    record. `issue`: an issue that the (first) record must carry. `says` and `never`: text that must and must not
    stand in the first record's body.
    """

    make: Callable[[], bytes]
    codes: tuple[str, ...] = ()
    issue: str | None = None
    media_type: str | None = None
    url: str | None = None
    says: str | None = None
    never: tuple[str, ...] = field(default=())


def refused(make: Callable[[], str | bytes], *codes: str, media_type: str | None = None) -> Case:
    """Make a case that belongs in quarantine."""
    return Case(_bytes(make), codes, media_type=media_type)


def read(
    make: Callable[[], str | bytes],
    *,
    issue: str | None = None,
    says: str | None = None,
    media_type: str | None = None,
    url: str | None = None,
    never: tuple[str, ...] = (),
) -> Case:
    """Make a case that must come out as a record."""
    return Case(_bytes(make), (), issue, media_type, url, says, never)


def _bytes(make: Callable[[], str | bytes]) -> Callable[[], bytes]:
    def made() -> bytes:
        raw = make()
        return raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw

    return made


def page(body: str, head: str = "", html: str = ' lang="en"') -> str:
    """Put a page together."""
    return f'<!doctype html><html{html}><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'


HEAD = (
    "<title>Dock strike ends after nine days in Northport</title>"
    '<meta property="og:type" content="article">'
    '<meta property="og:title" content="Dock strike ends after nine days in Northport">'
    '<meta property="article:published_time" content="2026-03-11T17:45:00+01:00">'
)
