"""Digests of an article: by payload bytes, canonical URL, headline and text; pure and deterministic."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from urllib.parse import urlsplit

from worker.model import Article, Payload
from worker.ports import Fingerprint
from worker.text.urls import canonicalise

SHORT_WORDS: Final = 50
"""A body with fewer tokens is compared together with its headline: flashes and teasers share bodies."""

_TITLE_WORDS: Final = 5

_TOKEN: Final = re.compile(r"\w+(?:[.,]\d+)*")
_DROPPED: Final = str.maketrans(dict.fromkeys(map(ord, "'\u2018\u2019\u02bc\u00ad\u200b\u200c\u200d\u2060\ufeff")))


def tokens(text: str) -> list[str]:
    """Split into words and numbers, indifferent to typography.

    NFKC, casefolded, apostrophes and zero-width characters dropped; numbers keep inner points and
    commas, so that 1.5 is not 15.
    """
    folded = unicodedata.normalize("NFKC", text).translate(_DROPPED).casefold()
    return _TOKEN.findall(folded)


def _feed(state: blake2b, *parts: str | bytes) -> blake2b:
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        state.update(len(raw).to_bytes(8, "big"))
        state.update(raw)
    return state


def _digest(*parts: str | bytes) -> str:
    return _feed(blake2b(digest_size=16), *parts).hexdigest()


@lru_cache(maxsize=1)
def _payload_state(body: bytes) -> blake2b:
    """Hash a payload once for all its articles: a feed of thousands would else cost its size times its items."""
    return _feed(blake2b(digest_size=16), "payload", body)


def _site(article: Article) -> str:
    """Name the site an article belongs to: the publisher's domain, or its name where none is known."""
    if article.publisher is None:
        return ""
    return (article.publisher.domain or article.publisher.name or "").casefold()


def _url_key(given: str | None) -> str | None:
    url = canonicalise(given)
    if url is None:
        return None
    split = urlsplit(url)
    if split.path in {"", "/"} and not split.query:
        return None  # a canonical link to the front page names no article
    return _digest("url", url)


def fingerprint(payload: Payload, article: Article, part: int | None = None) -> Fingerprint:
    """Compute what the index keeps of an article; `part` is its number in `payload`, by default the article's own.

    The article id is derived from site and normalised text alone, so it is the same for every
    delivery, line ending and file encoding of the same article.
    """
    words = tokens(article.body)
    if len(words) < SHORT_WORDS:
        words = [*tokens(article.headline or ""), "\n", *words]
    text = " ".join(words)
    return Fingerprint(
        article_id=_digest("article", _site(article), text),
        payload=_feed(_payload_state(payload.body).copy(), str(article.part if part is None else part)).hexdigest(),
        body=_digest("body", text),
        url=_url_key(article.canonical_url or article.url),
        title=_title_key(article),
    )


def repeated(key: Fingerprint, times: int) -> Fingerprint:
    """Mark a fingerprint that stood `times` times before in the same container: the same payload, yet another part."""
    return replace(key, payload=_digest("repeated", key.payload, str(times)))


def _title_key(article: Article) -> str | None:
    """Name what stays when an article without an address is updated: site, headline and publication date.

    The date keeps a series (a daily briefing under one title) apart; without one, or with a short headline, none.
    """
    words = tokens(article.headline or "")
    if len(words) < _TITLE_WORDS or article.published_at is None:
        return None
    return _digest("title", _site(article), article.published_at, " ".join(words))
