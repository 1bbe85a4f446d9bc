"""Who wrote a page: JSON-LD, meta tags, microdata and visible bylines; the first that names persons counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from worker.extract import jsonld
from worker.extract.bylines import Names, full_names, plain_name, read_bylines
from worker.extract.declared import Declared, Visible
from worker.extract.draft import Draft
from worker.model import Issue, Publisher
from worker.text.urls import registered_domain

_META: Final = (
    ("parsely-author", 0.8), ("sailthru.author", 0.8), ("byl", 0.8), ("author", 0.75), ("dc.creator", 0.75),
    ("dcterms.creator", 0.75), ("citation_author", 0.75), ("cxenseparse:author", 0.7), ("article:author", 0.7),
    ("article:author_name", 0.7),
)  # fmt: skip
_REACH: Final = 60  # statements behind the headline within which a byline stands; commenters and teasers come later
_LONGEST_BYLINE: Final = 160
_MOST_COAUTHORS: Final = 5
_DECLARED: Final = 0.75  # confidence from which a witness is machine-readable
_OPENING: Final = re.compile(
    r"^(?:by|von|par|por|di|door|av|af|written by|posted by|text:|автор:?)\s+(?=[^\W\d_])", re.IGNORECASE
)
_OPENING_WORDS: Final = 14


def put_authors(draft: Draft, said: Declared, node: jsonld.Node | None, opening: Sequence[str]) -> None:
    """Put persons and organisations from the first witness that names persons.

    `opening` are the short blocks of text around the start of the article, the last resort. A page
    whose witnesses name organisations alone has no person as author; the first of them count.
    """
    own = _own_names(draft, said)
    organisations: dict[str, tuple[str, str, float]] = {}
    chosen: tuple[Names, str, str, float] | None = None
    for texts, origin, method, confidence in _witnesses(said, node, opening):
        names = read_bylines(texts, own)
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


def _own_names(draft: Draft, said: Declared) -> list[str]:
    publisher = draft.values.get("publisher")
    names = [publisher.name or ""] if isinstance(publisher, Publisher) else []
    names += [value for key in ("og:site_name", "application-name") for value in said.meta.get(key, [])[:1]]
    if domain := registered_domain(draft.values.get("canonical_url")):
        names += [domain, domain.split(".")[0]]
    return names


Witness = tuple[list[str], str, str, float]


def _witnesses(said: Declared, node: jsonld.Node | None, opening: Sequence[str]) -> Iterator[Witness]:
    if node is not None and (value := node.get("author") or node.get("creator")):
        persons, organisations = jsonld.persons_of(jsonld.resolved(value, said.nodes))
        yield [*persons, *organisations], "json-ld", "author", 0.85
    for key, confidence in _META:
        if values := said.meta.get(key):
            yield values, f"meta:{key}", "content", confidence
    near = [item for item in said.visible if said.heading_order < item.order <= said.heading_order + _REACH]
    tests = (
        ("microdata:author", 0.75, lambda item: item.prop in {"author", "creator"}),
        ("html:rel=author", 0.7, lambda item: "author" in item.names.split() and item.tag == "a"),
        ("html:author", 0.65, lambda item: bool(item.words & {"author", "authors"}) and item.tag in {"a", "span"}),
        ("html:byline", 0.6, lambda item: bool(item.words & {"byline", "author", "authors"})),
    )
    for origin, confidence, test in tests:
        found = [item for item in near if test(item) and 2 < len(item.text) <= _LONGEST_BYLINE]  # noqa: PLR2004
        if found:
            yield _together(found), origin, "visible", confidence
    for text in opening:
        if _OPENING.match(text) and len(text.split()) <= _OPENING_WORDS:
            yield [text], "text:byline", "visible", 0.5


def _together(found: list[Visible]) -> list[str]:
    """Give the texts of the first element and of those like it that follow closely: co-authors."""
    first = found[0]
    return list(
        dict.fromkeys(
            item.text for item in found if item.names == first.names and item.order - first.order <= _REACH // 4
        )
    )
