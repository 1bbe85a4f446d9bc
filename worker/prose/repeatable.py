"""Parts of an article that its publisher may repeat in others: paragraphs, and sentences at both ends, as digests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Final

from worker.model import Article, Repeats
from worker.ports import Repeatable
from worker.text.sentences import split_sentences
from worker.text.urls import registered_domain

_FIRST, _LAST = 8, 24  # paragraphs at the beginning and at the end that are looked at
_LONGEST: Final = 600  # characters of a part; what is repeated is mostly a line or two
_FEWEST_WORDS: Final = 2
_LETTERS: Final = re.compile(r"(?:[^\W\d_][\W\d_]*+){8}")  # the fewest that a part must have
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_UNSPACED_FEWEST: Final = 6
_EDGE_LONGEST: Final = 2_000  # characters of a paragraph at an end that is cut to sentences
_PUBLISHER_MOST: Final = 80
_DIGEST: Final = 6


def repeatable(article: Article, arrived: datetime) -> Repeatable | None:
    """Give what an article's publisher may repeat; None where nothing names a publisher."""
    publisher = _publisher(article)
    if publisher is None:
        return None
    parts: dict[bytes, tuple[int, int, bytes]] = {}
    for start, end in _spans(article):
        if (digest := _digest(article.body[start:end])) is not None:
            parts.setdefault(digest, (start, end, digest))
    return Repeatable(publisher, arrived.timestamp(), tuple(parts.values()), _stamp(article.published_at))


def _publisher(article: Article) -> str | None:
    """Name the publisher alike in all its articles: by domain, else by name, whatever its case."""
    publisher = article.publisher
    name = registered_domain(article.url) or (publisher.domain if publisher else None)
    if name is None and publisher is not None and publisher.name:
        name = " ".join(publisher.name.casefold().split())
    return name[:_PUBLISHER_MOST] if name else None


def _spans(article: Article) -> Iterator[tuple[int, int]]:
    """Yield the paragraphs at both ends, then the sentences of the first one and of the last two."""
    all_ = article.paragraphs
    chosen = all_ if len(all_) <= _FIRST + _LAST else (*all_[:_FIRST], *all_[-_LAST:])
    for paragraph in chosen:
        if paragraph.end - paragraph.start <= _LONGEST:
            yield paragraph.start, paragraph.end
    for paragraph in dict.fromkeys((*all_[:1], *all_[-2:])):
        end = min(paragraph.end, paragraph.start + _EDGE_LONGEST)
        sentences = list(split_sentences(article.body[paragraph.start : end]))
        if len(sentences) > 1:
            yield from (
                (paragraph.start + one, paragraph.start + two) for one, two in sentences if two - one <= _LONGEST
            )


def _digest(text: str) -> bytes | None:
    """Digest a part, whatever its case and white space; None for one that is too short to tell anything."""
    words = text.casefold().split()
    told = len(words) >= _FEWEST_WORDS and _LETTERS.search(text) is not None
    if not told and len(_UNSPACED.findall(text)) < _UNSPACED_FEWEST:
        return None
    return b"p" + blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


_CLOCK: Final = re.compile(r"T(\d\d:\d\d)(?::(\d\d))?")


def _stamp(published: str | None) -> bytes | None:
    """Digest a time of publication; None for a day alone and for midnight, which many articles of a day may carry."""
    clock = _CLOCK.search(published or "")
    if clock is None or (clock[1] == "00:00" and clock[2] in {None, "00"}):
        return None
    return b"t" + blake2b(str(published).encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def with_earlier(
    asked: Sequence[Repeatable | None], known: Sequence[Repeats | None], counted: Sequence[bool]
) -> list[Repeats | None]:
    """Add to what is known of each article's publisher those before it in the same batch, which are not learned yet.

    `counted` tells which will be: the store knows them after the commit alone, and a batch may be all there is.
    """
    earlier: dict[str, Counter[bytes]] = {}
    found: list[Repeats | None] = []
    for one, repeats, counts in zip(asked, known, counted, strict=True):
        if one is None or repeats is None:
            found.append(repeats)
            continue
        seen = earlier.setdefault(one.publisher, Counter())
        before = {(start, end): count for start, end, count in repeats.parts}
        sums = ((start, end, before.get((start, end), 0.0) + seen[digest]) for start, end, digest in one.parts)
        parts = tuple(part for part in sums if part[2])
        stamp = repeats.stamp + (seen[one.stamp] if one.stamp is not None else 0)
        found.append(Repeats(repeats.articles + seen[_ARTICLE], parts, stamp))
        if counts:
            seen.update({digest for _, _, digest in one.parts} | {_ARTICLE} | ({one.stamp} if one.stamp else set()))
    return found


_ARTICLE: Final = b"n"
