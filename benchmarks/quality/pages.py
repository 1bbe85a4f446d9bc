"""The development data: real pages with gold, read from where they lie, never copied; and their folds by site."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import zstandard

from worker.text.urls import registered_domain

COLLECTIONS: Final = ("wcxb-dev", "fundus-tests", "htmldate-default")
DATA: Final = Path(__file__).parents[3] / "shared" / "data"
"""Where the data is looked for: beside the checkout."""
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Page:
    """One page; what the gold does not say is None or empty.

    `date` is a day (in one case a month) as text, `moment` an ISO date and time, mostly with an offset.
    """

    collection: str
    name: str
    url: str | None
    html: str
    body: str | None
    title: str | None
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    date: str | None
    moment: str | None

    @property
    def site(self) -> str:
        """The registered domain; the page's own name where it has no address."""
        return registered_domain(self.url) or self.name


def file_of(folder: Path, collection: str) -> Path:
    """Give the file of a collection below the data folder."""
    return folder / "extraction" / f"{collection}.jsonl.zst"


def present(folder: Path) -> bool:
    """Tell whether all collections are there."""
    return all(file_of(folder, name).is_file() for name in COLLECTIONS)


def sha256_of(folder: Path, collection: str) -> str:
    """Give the digest of a collection's file in hex."""
    with file_of(folder, collection).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def pages(folder: Path, collection: str, part: int = 0, parts: int = 1) -> Iterator[Page]:
    """Yield a collection's pages in order; of `parts` processes, each reads every so manieth."""
    for at, line in enumerate(_lines(file_of(folder, collection))):
        if at % parts == part:
            yield _page(collection, orjson.loads(line))


def fold_of(site: str, folds: int, salt: str = "") -> int:
    """Give a site's fold, 0 to `folds` - 1: all pages of a site are in one, the same on every machine."""
    return int(hashlib.sha256((salt + site).encode()).hexdigest(), 16) % folds


def _page(collection: str, raw: dict[str, Any]) -> Page:
    return Page(
        collection,
        raw["id"],
        raw.get("url") or None,
        raw["html"],
        raw.get("body") or None,
        raw.get("title") or None,
        tuple(raw.get("authors") or ()),
        tuple(raw.get("tags") or ()),
        raw.get("date") or None,
        raw.get("datetime") or None,
    )


def _lines(path: Path) -> Iterator[bytes]:
    with zstandard.open(path, "rb") as stream:
        rest = b""
        while chunk := stream.read(_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from filter(None, lines)
        if rest.strip():
            yield rest
