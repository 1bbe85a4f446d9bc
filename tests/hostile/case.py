"""What a hostile payload is: bytes made when they are asked for, and how the line must answer them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
    record. `part`: the cause that a part of it may have beside the record. `issue`: one that the
    first record must carry. `says` and `never`: text that must and must not stand in its body.
    """

    make: Callable[[], bytes]
    codes: tuple[str, ...] = ()
    issue: str | None = None
    media_type: str | None = None
    url: str | None = None
    says: str | None = None
    never: tuple[str, ...] = ()
    part: str | None = None


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
    part: str | None = None,
) -> Case:
    """Make a case that must come out as a record."""
    return Case(_bytes(make), (), issue, media_type, url, says, never, part)


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


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a payload: the first record's text and issues, or the cause of quarantine, or (in part) both."""

    body: str | None = None
    issues: tuple[str, ...] = ()
    code: str | None = None


def faults(case: Case, answer: Answer) -> list[str]:
    """Say what is not right about an answer; nothing where it is."""
    if case.codes:
        return (
            [] if answer.body is None and answer.code in case.codes else [f"{answer} is not one of {case.codes}"[:300]]
        )
    if answer.body is None or answer.code not in {None, case.part}:
        return [f"a record was expected, not {answer}"[:300]]
    found = [] if case.issue in {None, *answer.issues} else [f"{case.issue} is not among {answer.issues}"]
    if case.says is not None and case.says not in answer.body:
        found.append(f"{case.says[:40]!r} is missing from {answer.body[:80]!r}")
    return found + [f"{text!r} should not be there" for text in case.never if text in answer.body]
