"""Which publisher profile holds for a page: by host, path and day of arrival; the most specific one wins."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Final
from urllib.parse import urlsplit

from worker.errors import ConfigError
from worker.extract.profile import Profile, host_of
from worker.text.urls import absolute

_HEAD: Final = 200_000  # characters in which a page names its own address
_LINK: Final = re.compile(r"<link\b([^<>]{0,4000})>", re.IGNORECASE)
_CANONICAL: Final = re.compile(r"\brel\s*=\s*[\"']?canonical\b", re.IGNORECASE)
_HREF: Final = re.compile(r"\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
Rank = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A profile of the page's domain: whether it holds, by which domain and path, and what speaks against it."""

    profile: Profile
    domain: str
    path: tuple[str, ...]
    against: str | None

    @property
    def rank(self) -> Rank:
        """More labels in the domain, then more segments of the path, then more of them spelt out."""
        return self.domain.count("."), len(self.path), sum(part != "*" for part in self.path)


class Profiles:
    """All profiles; raises ConfigError where two would hold for the same page with equal right."""

    def __init__(self, profiles: Iterable[Profile] = ()) -> None:
        self._places: dict[str, list[tuple[Profile, tuple[str, ...]]]] = {}
        self.names: tuple[str, ...] = ()
        for profile in profiles:
            self.names += (profile.name,)
            for domain in profile.domains:
                self._places.setdefault(domain, []).extend((profile, path) for path in profile.paths or ((),))
        for domain, places in self._places.items():
            for (one, first), (other, second) in combinations(places, 2):
                if one is not other and _overlap(one, other) and _tie(first, second):
                    msg = (
                        f"publisher profiles {one.name!r} and {other.name!r} both hold for {domain}"
                        f"/{'/'.join(first)} on the same days; give them paths, or valid_from and valid_until"
                    )
                    raise ConfigError(msg)

    def __len__(self) -> int:
        """Give the number of profiles."""
        return len(self.names)

    def match(self, url: str | None, day: date) -> Profile | None:
        """Choose the profile for a page of this address that arrived on `day`; None where there is none."""
        best = next(iter(self.candidates(url, day)), None)
        return best.profile if best is not None and best.against is None else None

    def candidates(self, url: str | None, day: date) -> list[Candidate]:
        """List the profiles of the page's domain, those that hold first, the most specific one at the head."""
        if not self._places or (whole := absolute(url)) is None:
            return []
        split = urlsplit(whole)
        segments = tuple(part for part in split.path.split("/") if part)
        found = [
            Candidate(profile, domain, path, _against(profile, path, segments, day))
            for domain in _suffixes(host_of(split.hostname or ""))
            for profile, path in self._places.get(domain, ())
        ]
        return sorted(found, key=lambda item: (item.against is None, item.rank), reverse=True)


def stated_address(text: str) -> str | None:
    """Read the canonical link of a page by its text alone: for pages that came without an address."""
    for link in _LINK.finditer(text, 0, _HEAD):
        if _CANONICAL.search(link[1]) and (href := _HREF.search(link[1])):
            return absolute(html.unescape(next(filter(None, href.groups()), "")))
    return None


def _suffixes(host: str) -> Iterator[str]:
    labels = host.split(".")
    return (".".join(labels[at:]) for at in range(len(labels)))


def _against(profile: Profile, path: tuple[str, ...], segments: tuple[str, ...], day: date) -> str | None:
    if not _begins(path, segments):
        return f"the path does not begin with /{'/'.join(path)}"
    if not profile.valid_on(day):
        return f"not valid on {day}: from {profile.valid_from or 'ever'} until {profile.valid_until or 'ever'}"
    return None


def _begins(path: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    return len(path) <= len(segments) and all(part in {"*", given} for part, given in zip(path, segments, strict=False))


def _overlap(one: Profile, other: Profile) -> bool:
    starts = max(one.valid_from or date.min, other.valid_from or date.min)
    return starts <= min(one.valid_until or date.max, other.valid_until or date.max)


def _tie(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Tell whether some path begins with both and neither is more specific."""
    return (
        len(first) == len(second)
        and first.count("*") == second.count("*")
        and all(one == other or "*" in {one, other} for one, other in zip(first, second, strict=True))
    )
