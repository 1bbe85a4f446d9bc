"""Who wrote a page: JSON-LD, meta tags, microdata and visible bylines; the first that names persons counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import Final

from worker.extract import jsonld
from worker.extract.bylines import Names, full_names, is_in_full, is_own, plain_name, read_bylines
from worker.extract.declared import AUTHOR_PAGE, Declared, Visible
from worker.extract.draft import Draft
from worker.extract.surroundings import Surroundings
from worker.model import Issue, Publisher
from worker.text.dates import dates_in
from worker.text.urls import registered_domain
from worker.text.whitespace import squeeze

_META: Final = (
    ("parsely-author", 0.8), ("sailthru.author", 0.8), ("byl", 0.8), ("author", 0.75), ("dc.creator", 0.75),
    ("dcterms.creator", 0.75), ("citation_author", 0.75), ("cxenseparse:author", 0.7), ("article:author", 0.7),
    ("article:author_name", 0.7), ("og:article:author", 0.7), ("article:byline", 0.7), ("articleauthor", 0.7),
    ("twitter:misc:written by", 0.7),
)  # fmt: skip
_REACH: Final = 60  # statements behind the headline within which a byline stands; commenters and teasers come later
_LONGEST_BYLINE: Final = 160
_STEP: Final = 4  # statements between two co-authors: links, pictures and roles beside a name
_MOST_COAUTHORS: Final = 5
_LEADING: Final = re.compile(r"^(?:by|von|par|por)\s+", re.IGNORECASE)
_READ: Final = 20_000  # characters of the text in which words are looked up
_NAMED: Final = 0.5  # confidence from which a witness says that a name is the author's
_DECLARED: Final = 0.75  # confidence from which a witness is machine-readable
_OPENING: Final = re.compile(
    r"^(?:by|von|par|por|di|door|av|af|written by|posted by|text|автор|bài|texte|texto|ρεπορτάζ|κείμενο|του|της|"
    r"文|記者|记者|作者|author|autor(?:in)?|geschrieben von|verfasst von)"
    r"(?:\s*[:：]\s*|\s+|(?-i:(?<=By)(?=[A-Z])))(?=[^\W\d_])",
    re.IGNORECASE,
)
_LEAD_ALONE: Final = re.compile(
    r"^(?:(?:article|written|posted|words|text) by|author|autor(?:in)?|by|von)\s*:?$", re.IGNORECASE
)
_LABELLED: Final = re.compile(
    r"(?:作者|记者|記者)\s*[:：]\s*([\u3040-\u9fff·]{2,12})(?![\u3040-\u9fff])"
)  # within a line
_WRITTEN: Final = re.compile(r"written|author|autor|auteur|geschrieben|verfasst|escrito|scritto|par\b", re.IGNORECASE)
_OPENING_WORDS: Final = 14
_LINES_BELOW: Final = 5  # in which a name may stand alone
_BESIDE_NAME: Final = re.compile(
    r"\s*(?:[|•·–—,-]|\b\d+\s*min(?:ute)?s?\.?(?: read)?|\bread$|\bupdated:?|\bpublished:?|\bgüncelleme\s*:?|\bon$)\s*",
    re.IGNORECASE,
)
_MINUTES: Final = re.compile(r"\b\d+[\s-]*min(?:ute)?[ns]?\b", re.IGNORECASE)
_NO_NAMES: Final = frozenset(  # what stands beside dates and looks like names: buttons and labels
    "article comment comments content copy date download email facebook follow instagram leave link linkedin listen "
    "live pdf pinterest posted print published read related save share tweet twitter updated whatsapp youtube".split()
)
_CASED: Final = re.compile(r"[^\W\d_]{3,}")
_FEW_CHARS: Final = 60


def put_authors(draft: Draft, said: Declared, node: jsonld.Node | None, around: Surroundings) -> None:
    """Put persons and organisations from the first witness that names persons.

    The lines `around` the article are the last resort. A page whose witnesses name organisations
    alone has no person as author; the first of them count.
    """
    own = _own_names(draft, said)
    small = _SmallWords(draft)
    organisations: dict[str, tuple[str, str, float]] = {}
    chosen: tuple[Names, str, str, float] | None = None
    for texts, origin, method, confidence in _witnesses(said, node, around, small):
        human = _persons_of_site(texts, own, small) if confidence >= _NAMED else ()
        names = read_bylines(texts, own, human)
        if method == "visible":
            names = Names(full_names(names.persons), ())
        for name in names.organisations:
            organisations.setdefault(name, (origin, method, confidence))
        if not names.persons:
            continue
        if chosen is None:
            chosen = (names, origin, method, confidence)
            continue
        first, more = set(map(plain_name, chosen[0].persons)), set(map(plain_name, names.persons))
        if first < more and len(more) <= _MOST_COAUTHORS:
            chosen = (Names(names.persons, chosen[0].organisations), origin, method, confidence)
        elif first.isdisjoint(more) and min(confidence, chosen[3]) >= _DECLARED:
            detail = f"{chosen[1]}: {', '.join(chosen[0].persons)} or {origin}: {', '.join(names.persons)}"
            draft.issues.append(Issue("field_conflict", "authors", detail[:200]))
        break
    if chosen is not None:
        draft.put("authors", chosen[0].persons, chosen[1], chosen[2], chosen[3])
    if organisations:
        first_of = next(iter(organisations.values()))
        listed = chosen[0].organisations if chosen is not None else ()
        draft.put("author_organisations", listed or tuple(organisations)[:3], *first_of)


class _SmallWords:
    """The words that the text writes small, seldom part of a person's name; looked up when they are asked for.

    Most pages need none, and finding them takes half of the time of this field.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    @cached_property
    def _words(self) -> frozenset[str]:
        text = " ".join(block[0] for block in self._draft.blocks)[:_READ]
        return frozenset(word for word in _CASED.findall(text) if word.islower())

    def isdisjoint(self, words: Iterable[str]) -> bool:
        """Tell whether none of the words is written small."""
        return self._words.isdisjoint(words)


def _persons_of_site(texts: list[str], own: list[str], small: _SmallWords) -> list[str]:
    """Give the names that are the site's and yet a person's: in full, and of words that the text never writes small.

    "Rick Steves" publishes ricksteves.com; "Quiet Light" and "Top Growth Marketing" are found out by
    their own texts.
    """
    site = [plain_name(name) for name in own]
    alone = (_LEADING.sub("", text) for text in texts)
    return [
        name
        for name in alone
        if is_in_full(name) and is_own(plain_name(name), site) and small.isdisjoint(name.casefold().split())
    ]


def _own_names(draft: Draft, said: Declared) -> list[str]:
    publisher = draft.values.get("publisher")
    names = [publisher.name or ""] if isinstance(publisher, Publisher) else []
    names += [value for key in ("og:site_name", "application-name") for value in said.meta.get(key, [])[:1]]
    if domain := registered_domain(draft.values.get("canonical_url")):
        names += [domain, domain.split(".")[0]]
    return names


Witness = tuple[list[str], str, str, float]


def _witnesses(said: Declared, node: jsonld.Node | None, around: Surroundings, small: _SmallWords) -> Iterator[Witness]:
    if node is not None and (value := node.get("author") or node.get("creator")):
        persons, organisations = jsonld.persons_of(jsonld.resolved(value, said.nodes))
        yield [*persons, *organisations], "json-ld", "author", 0.85
    for key, confidence in _META:
        if values := said.meta.get(key):
            yield values, f"meta:{key}", "content", confidence
    for label, value in zip(said.meta.get("twitter:label1", ()), said.meta.get("twitter:data1", ()), strict=False):
        if _WRITTEN.search(label):
            yield [value], "meta:twitter:data1", "content", 0.7
    near = [item for item in said.visible if said.heading_order < item.order <= said.heading_order + _REACH]
    tests = (
        ("microdata:author", 0.75, lambda item: item.prop in {"author", "creator"}),
        ("html:rel=author", 0.7, lambda item: "author" in item.names.split() and item.tag == "a"),
        ("html:author", 0.65, lambda item: bool(item.words & {"author", "authors"}) and item.tag in {"a", "span"}),
        ("html:author page", 0.6, lambda item: AUTHOR_PAGE in item.words),
        ("html:byline", 0.6, lambda item: bool(item.words & {"byline", "author", "authors"})),
    )
    for origin, confidence, test in tests:
        found = [item for item in near if test(item) and 2 < len(item.text) <= _LONGEST_BYLINE]  # noqa: PLR2004
        if found:
            yield _together(found), origin, "visible", confidence
    yield from _lines(around, small)


def _lines(around: Surroundings, small: _SmallWords) -> Iterator[Witness]:
    """Yield what lines around the article say: a byline, a name beside a date, a name that closes the text."""
    lines = [_without_dates(text) for text in (*around.above, *around.below)]
    for text in [*lines, *(f"By {name}" for lead, name in pairwise(lines) if _LEAD_ALONE.match(lead))]:
        if (lead := _OPENING.match(text)) and len(text.split()) <= _OPENING_WORDS:
            yield [text[lead.end() :]], "text:byline", "visible", _NAMED
        elif labelled := _LABELLED.search(text):
            yield [labelled[1]], "text:byline", "visible", _NAMED
    for text in _beside_dates(around):
        if _alone(text, small):
            yield [text], "text:name", "visible", 0.4
    if around.signed and _alone(around.signed, small):
        yield [around.signed], "text:last", "visible", 0.4


def _beside_dates(around: Surroundings) -> Iterator[str]:
    """Yield what stands with a date or the minutes of reading in its line, or in the line before or behind one."""
    lines = around.below[:_LINES_BELOW] if around.headed else ()
    dated = [bool(_MINUTES.search(line) or next(dates_in(line), None)) for line in lines]
    for at, line in enumerate(lines):
        if any(dated[max(0, at - 1) : at + 2]):
            yield _without_dates(line)


def _without_dates(line: str) -> str:
    """Cut dates off a line, and what stands between them and a name."""
    for found in dates_in(line):
        line = line.replace(found.text, " ")
    return squeeze(_BESIDE_NAME.sub(" ", line)) if any(map(str.isdigit, line)) or "|" in line else squeeze(line)


def _alone(text: str, small: _SmallWords) -> bool:
    """Tell whether a line is nothing but a person's name: in full, none of its words written small in the text."""
    if len(text) > _FEW_CHARS or not is_in_full(text):
        return False
    words = text.casefold().split()
    return _NO_NAMES.isdisjoint(words) and small.isdisjoint(words)


def _together(found: list[Visible]) -> list[str]:
    """Give the texts of the first element and of those like it that follow one upon another: co-authors."""
    texts = {found[0].text: None}
    last = found[0].order
    for item in found[1:]:
        if item.names == found[0].names and item.order - last <= _STEP:
            texts[item.text] = None
            last = item.order
    return list(texts)
