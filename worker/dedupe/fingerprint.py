"""Article to fingerprint: what the index files it under and keeps of it; pure and deterministic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b, sha256
from itertools import chain
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from worker.dedupe.prints import LEVELS, NUMBERS_MOST, PARAGRAPHS_MOST, SAMPLE_MOST, URLS_MOST, length_class
from worker.dedupe.tokens import paragraph_tokens, tokens
from worker.model import Article, Payload
from worker.ports import Fingerprint, Print
from worker.text.agencies import credits_of
from worker.text.urls import address_key, registered_domain

SHORT_WORDS: Final = 50
"""The text of a body with fewer tokens is the same only where its headline is: flashes and teasers share bodies."""

TINY_WORDS: Final = 20
"""A body with fewer tokens is compared together with its headline."""

SHINGLE: Final = 5
LEDE_FEATURES: Final = ((24, 2), (96, 3))
"""Of the beginning of a text, in runs of five tokens: how far it reaches, how many smallest hashes are filed."""
FEATURES: Final = 4
"""So many smallest hashes of the lede, and of the whole body, are filed."""

_TITLE_WORDS: Final = 5
_VOCABULARY_MOST: Final = 100_000

_NUMBER: Final = re.compile(r"\d")
_YEAR: Final = re.compile(r"(?:1[89]|20)\d\d(?:s|er)?")
_WORDS_FOR_NUMBERS: Final = {
    word: str(value)
    for words, value in (
        ("two zwei deux dos due duas dois twee två to два две", 2),
        ("three drei trois tres tre três drie три", 3),
        ("four vier quatre cuatro quattro quatro fyra fire четыре", 4),
        ("five fünf cinq cinco cinque vijf fem пять", 5),
        ("six sechs seis sei zes sex шесть", 6),
        ("seven sieben sept siete sette sete zeven sju семь", 7),
        ("eight acht huit ocho otto oito åtta восемь", 8),
        ("nine neun neuf nueve nove negen nio девять", 9),
        ("ten zehn dix diez dieci dez tien tio десять", 10),
        ("eleven elf onze once undici elva", 11),
        ("twelve zwölf douze doce dodici doze twaalf tolv", 12),
    )
    for word in words.split()
    if word not in {"to", "sei", "sex", "sete", "once", "elf", "fire", "sept", "as"}  # words of their own elsewhere
}
_MONTHS: Final = frozenset(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec januar februar märz mai juni juli oktober dezember janvier février mars avril juin juillet "
    "août septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre "
    "noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre janeiro fevereiro "
    "março maio junho julho setembro outubro novembro dezembro maart augustus 月 日 年".split()
)
_CLOCK: Final = frozenset("am pm gmt utc est edt cet uhr bst et".split())
_NOTE: Final = re.compile(
    r"\b(?:(?P<correction>correct(?:s|ed|ion|ing)|clarif(?:ies|ied|ication)|korrigiert|korrektur|corrección|rectificat"
    r"|rettifica|correção)|(?P<update>update[sd]?(?: \d+)?|aktualisiert|actualiza|mis à jour|aggiorna|atualiza))"
)
_NOTE_REACH: Final = 200  # characters at the start and the end of a body in which a note to the reader stands

_Hashes = npt.NDArray[np.uint64]
_MULTIPLIERS: Final = tuple(
    np.uint64(value)
    for value in (
        0x9E3779B97F4A7C15,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0xD6E8FEB86659FD93,
        0xA0761D6478BD642F,
    )
)
_LEDE_SALT: Final = 0x5851F42D4C957F2D


class _Vocabulary(dict[str, int]):
    """Token -> 64-bit hash, remembered; the lowest bit says that the token is a number, in digits or in words."""

    def __missing__(self, token: str) -> int:
        value = int.from_bytes(blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
        number = token in _WORDS_FOR_NUMBERS or (_NUMBER.match(token) is not None and not _YEAR.fullmatch(token))
        value = value & ~1 | number
        if len(self) >= _VOCABULARY_MOST:
            self.clear()
        self[token] = value
        return value


_VOCABULARY: Final = _Vocabulary()


def _feed(state: blake2b, *parts: str | bytes) -> blake2b:
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        state.update(len(raw).to_bytes(8, "big"))
        state.update(raw)
    return state


def _digest(*parts: str | bytes) -> str:
    return _feed(blake2b(digest_size=16), *parts).hexdigest()


def _hash(*parts: str) -> int:
    return int.from_bytes(_feed(blake2b(digest_size=8), *parts).digest(), "little")


@lru_cache(maxsize=1)
def _payload_digest(body: bytes) -> bytes:
    """Hash a payload once for all its articles: a feed of thousands would else cost its size times its items.

    SHA-256 has instructions of its own in today's processors: a third of blake2b's time on 100 KB.
    """
    return sha256(body).digest()


def _site(article: Article) -> str:
    """Name the site an article belongs to: the publisher's domain, or its name where none is known."""
    if article.publisher is None:
        return ""
    return (article.publisher.domain or article.publisher.name or "").casefold()


def _host(payload: Payload, article: Article) -> str:
    """Name the site that the article was fetched from; a canonical link may point to somebody else's."""
    for url in (payload.url, article.url):
        if (key := address_key(url)) and (domain := registered_domain(f"https://{key}")):
            return domain
    return _site(article) or registered_domain(article.canonical_url) or ""


def fingerprint(payload: Payload, article: Article, part: int | None = None) -> Fingerprint:
    """Compute the fingerprint; `part` is the article's number in `payload`, by default the article's own.

    The article id is derived from site and normalised text alone, so it is the same for every
    delivery, line ending and file encoding of the same article.
    """
    paragraphs = paragraph_tokens(article.body)
    words = list(chain.from_iterable(paragraphs))
    headline = tokens(article.headline or "")
    spelled = [" ".join(found) for found in paragraphs]
    text = " ".join(spelled)
    if len(words) < SHORT_WORDS:
        text = " ".join([*headline, "\n", text])
    if tiny := len(words) < TINY_WORDS:
        words = headline + words
    terms = _terms(words)
    runs = _shingles(terms)
    shingles = _different(runs)
    level, kept = _sample(shingles)
    numbers, figures = _numbers(words, terms)
    urls = _urls(payload, article)
    text_hash = _hash("text", text)
    article_id = _digest("article", _site(article), text)
    return Fingerprint(
        article_id=article_id,
        payload=_digest("payload", _payload_digest(payload.body), str(article.part if part is None else part)),
        print=Print(
            article_id=article_id,
            text=text_hash >> 40,
            urls=tuple(url >> 40 for url in urls),
            headline=_hash("headline", " ".join(headline)) % 65535 + 1 if headline else 0,
            site=_hash("site", host) & 0xFFFFFF if (host := _host(payload, article)) else 0,
            agency=agency(article),
            shingles=len(shingles),
            level=level,
            sample="".join(f"{value & 0xFFF:03x}" for value in kept.tolist()),
            deeper=_deeper(kept, level),
            numbers=numbers,
            tiny=tiny,
            paragraphs="".join(map(_paragraph, spelled[:PARAGRAPHS_MOST], map(len, paragraphs))),
        ),
        text=text_hash,
        urls=urls,
        title=None if urls else _title_key(article),
        lede=_lede(runs),
        body=tuple(shingles[:FEATURES].tolist()),
        places=_places(runs, terms, kept),
        figures=figures,
        note=_note(article),
    )


def _urls(payload: Payload, article: Article) -> tuple[int, ...]:
    """Hash the addresses under which the article is known, the canonical one first."""
    keys = (address_key(url) for url in (article.canonical_url, article.url, payload.url))
    return tuple(_hash("url", key) for key in list(dict.fromkeys(filter(None, keys)))[:URLS_MOST])


def repeated(key: Fingerprint, times: int) -> Fingerprint:
    """Mark a fingerprint that stood `times` times before in the same container: the same payload, yet another part."""
    return replace(key, payload=_digest("repeated", key.payload, str(times)))


def _title_key(article: Article) -> int | None:
    """Name what stays when an article without an address is updated: site, headline and publication date.

    The date keeps a series (a daily briefing under one title) apart; without one, or with a short headline, none.
    """
    words = tokens(article.headline or "")
    if len(words) < _TITLE_WORDS or article.published_at is None:
        return None
    return _hash("title", _site(article), article.published_at, " ".join(words))


def _terms(words: Sequence[str]) -> _Hashes:
    return np.fromiter(map(_VOCABULARY.__getitem__, words), np.uint64, len(words))


def _shingles(terms: _Hashes) -> _Hashes:
    """Mix every run of five token hashes into one of 64 bits, in the order of the text. A shorter text is one run."""
    width = min(SHINGLE, len(terms))
    count = len(terms) - width + 1 if width else 0
    mixed = np.zeros(count, np.uint64)
    for place in range(width):
        mixed += terms[place : place + count] * _MULTIPLIERS[place]
    # The finaliser of splitmix64 (Steele, Lea, Flood 2014): every bit depends on every bit.
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def _different(hashes: _Hashes) -> _Hashes:
    """Give the different hashes, ascending."""
    ordered = np.sort(hashes)
    if len(ordered) > 1:
        ordered = ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))]
    return ordered


def _sample(shingles: _Hashes) -> tuple[int, _Hashes]:
    """Keep the hashes below 2^(64 - level), with the lowest level that leaves at most `SAMPLE_MOST`."""
    level, count = 0, len(shingles)
    while count > SAMPLE_MOST:
        level += 1
        count = int(np.searchsorted(shingles, np.uint64(1 << (64 - level))))
    return level, shingles[:count]


def _places(runs: _Hashes, terms: _Hashes, kept: _Hashes) -> tuple[tuple[int, bool], ...]:
    """Give the sampled hashes as they follow in the text, each with whether a number is among its tokens."""
    if not len(kept):
        return ()
    flags = (terms & np.uint64(1)).astype(bool)
    numbered = np.zeros(len(runs), bool)
    for place in range(len(terms) - len(runs) + 1):
        numbered |= flags[place : place + len(runs)]
    chosen = runs <= kept[-1]
    return tuple(zip(runs[chosen].tolist(), numbered[chosen].tolist(), strict=True))


def _paragraph(text: str, words: int) -> str:
    return f"{crc32(text.encode('utf-8', 'surrogatepass')) & 0xFF:02x}{length_class(words):x}"


def _lede(runs: _Hashes) -> tuple[int, ...]:
    """Choose the smallest hashes of the very beginning and of the beginning: a part of either meets the whole."""
    chosen = [_different(runs[:reach])[:count] for reach, count in LEDE_FEATURES]
    return tuple(dict.fromkeys(value ^ _LEDE_SALT for part in chosen for value in part.tolist()))


def _deeper(kept: _Hashes, level: int) -> tuple[int, ...]:
    bounds = np.array([1 << max(64 - level - down, 0) for down in range(1, LEVELS + 1)], np.uint64)
    return tuple(np.searchsorted(kept, bounds).tolist())


def _numbers(words: Sequence[str], terms: _Hashes) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Hash each number with its neighbours; years, dates and clock times are left out.

    Returns 12 bits of context above 12 of value, ascending by place in the text, and the words themselves.
    """
    pairs: dict[int, str] = {}
    vocabulary = _VOCABULARY
    for place in np.flatnonzero(terms & np.uint64(1)).tolist():
        word = words[place]
        before = words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else ""
        if before in _MONTHS or after in _MONTHS or after in _CLOCK:
            continue
        context = (vocabulary[before] * 31 + vocabulary[after]) >> 20 & 0xFFF
        value = vocabulary[_WORDS_FOR_NUMBERS.get(word, word)] >> 20 & 0xFFF
        pairs.setdefault(context << 12 | value, f"{before} {word} {after}".strip())
        if len(pairs) == NUMBERS_MOST:
            break
    return tuple(pairs), tuple(pairs.values())


def _note(article: Article) -> str | None:
    """Tell whether the article is withdrawn, or says at its start or end that it is a correction or an update."""
    if any(issue.code == "withdrawn" for issue in article.issues):
        return "withdrawal"
    for text in (article.headline or "", article.body[:_NOTE_REACH], article.body[-_NOTE_REACH:]):
        if found := _NOTE.search(text.lower()):
            return found.lastgroup
    return None


def agency(article: Article) -> int:
    """Number of the agency that the article credits: among its authors, or in its dateline; 0 for none."""
    return next((credit.agency.number for credit in credits_of(article)), 0)
