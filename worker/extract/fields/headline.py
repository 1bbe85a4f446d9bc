"""The headline of a page by a vote: each wording gets what its witnesses weigh, and loses for what headlines are not.

The weights are what `training/headline_weights.py` fits, a softmax regression over the wordings of each dev page;
cross-validated by site they choose .843 and .835 of the headlines (blogs and guides, news).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urlsplit

from worker.extract import jsonld
from worker.extract.declared import Declared
from worker.extract.draft import Draft
from worker.model import HeadlineVariant, Issue, Publisher, VariantKind
from worker.text.urls import registered_domain
from worker.text.whitespace import squeeze

WEIGHTS: Final[dict[str, float]] = {
    "says:json-ld": 1.2,
    "says:meta:og:title": 1.5,
    "says:meta:twitter:title": -0.1,
    "says:html:title": -1.0,
    "says:html:h1": 0.5,  # the only one of the page
    "says:html:first h1": 1.25,
    "says:html:other h1": -0.05,
    "says:microdata:headline": 0.4,
    "says:json-ld:name": -0.5,
    "says:json-ld:alternativeHeadline": 0.1,
    "says:meta:other": -0.25,
    "begins": 0.45,  # a head title begins with it
    "begins visible": -0.35,
    "within": 0.1,  # another wording ends with it, or is its beginning
    "cut off": -2.55,  # it is what is left of a wording without its last or first part
    "tail is site": 0.65,
    "tail is short": 1.15,
    "head is section": 3.0,
    "head is site": -0.5,
    "tail is section": 1.25,  # or a folder of the URL
    "ends in section": -1.85,
    "ends in site": -3.2,
    "is site": -1.4,
    "one word": -1.75,
    "two words": -1.65,
    "over 25 words": -0.8,
    "ellipsis": -0.75,
    "in url": 0.95,  # share of its longer words that the URL's path holds
    "in url, by length": 0.55,
}
SEPARATOR: Final = re.compile(r"\s+[|•·»›–—-]\s+|\s*\|\s*|\s+::\s+|:\s+|(?<=[\u3040-\u9fff])_(?=[\u3040-\u9fff])")
_KINDS: Final[dict[str, VariantKind]] = {
    "json-ld": "seo",
    "html:title": "seo",
    "meta:og:title": "social",
    "meta:twitter:title": "social",
}
_HEAD_TITLES: Final = frozenset({"meta:og:title", "meta:twitter:title", "html:title"})
_OTHER_META: Final = ("dc.title", "parsely-title", "headline", "cxenseparse:title", "sailthru.title", "title")
_LONGEST: Final = 400
_MOST_OTHER: Final = 5
_AS_ADDRESS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "o", "å": "a", "é": "e", "è": "e"})
_WORD: Final = re.compile(r"\w+")
_OPENING: Final = 60
_ALIKE: Final = 0.2  # shared words below which two headlines speak of different things
_DISTINCT_ORIGINS: Final = frozenset({"json-ld", "html:h1"})


@dataclass(frozen=True, slots=True)
class Wording:
    """One candidate: its text, the witness it comes from, and what was cut off behind it (`tail`) or before it."""

    text: str
    key: str
    origin: str
    tail: str | None = None
    head: str | None = None


def plain(text: str) -> str:
    """Words alone, lower case, NFKC: two headlines that differ in typography are equal."""
    return _plain(text) if len(text) <= _LONGEST else _plain.__wrapped__(text)


@lru_cache(maxsize=2_048)  # of one page each wording is compared with each
def _plain(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def put_headline(draft: Draft, said: Declared, node: jsonld.Node | None, url: str | None) -> None:
    """Choose the headline; other wordings stay as variants, a real disagreement is an issue."""
    witnesses = list(statements(said, node))
    wordings = candidates(witnesses)
    if not wordings:
        return
    site = site_names(draft, said, url)
    sections = section_names(said, node)
    scored = []
    for item in wordings:
        found = features(item, witnesses, site, sections, url)
        scored.append((sum(WEIGHTS[name] * value for name, value in found.items()), item))
    best, chosen = max(scored, key=lambda pair: pair[0])
    text, origin = chosen.text, chosen.origin
    said_by = Counter(plain(wording) for _, wording in witnesses)
    longer = next((item for item in wordings if item.tail is None and _is_cut(text, item.text)), None)
    if longer is not None and said_by[longer.key] < said_by[chosen.key] and not text.endswith(("…", "...")):
        longer = None  # an addition that few have
    if longer is not None:
        draft.variants.append(HeadlineVariant(text, "truncated"))
        draft.issues.append(Issue("title_repaired", "headline", f"{origin} is cut; {longer.origin} is whole"))
        text, origin = longer.text, longer.origin
    rest = [score for score, item in scored if item is not chosen]
    margin = best - max(rest) if rest else 2.0
    draft.put("headline", text, origin, "vote", round(min(0.95, 0.6 + 0.12 * max(margin, 0.0)), 2))
    _put_variants(draft, witnesses, text, site, origin)


def statements(said: Declared, node: jsonld.Node | None) -> Iterator[tuple[str, str]]:
    """Yield (witness, text) for everything that may be the headline."""
    found: list[tuple[str, str | None]] = []
    if node is not None:
        found += [
            ("json-ld", jsonld.text_of(node.get("headline"))),
            ("json-ld:name", jsonld.text_of(node.get("name"))),
            ("json-ld:alternativeHeadline", jsonld.text_of(node.get("alternativeHeadline"))),
        ]
    for name in ("og:title", "twitter:title"):
        found += [(f"meta:{name}", value) for value in said.meta.get(name, ())[:1]]
    found += [("meta:other", value) for name in _OTHER_META for value in said.meta.get(name, ())[:1]]
    found.append(("html:title", said.title))
    heads = [item.text for item in said.headings if item.text]
    if len(heads) == 1:
        found.append(("html:h1", heads[0]))
    else:
        found += [("html:first h1" if at == 0 else "html:other h1", text) for at, text in enumerate(heads[:6])]
    found += [
        ("microdata:headline", item.text or item.value) for item in said.visible if item.prop == "headline"
    ][:_MOST_OTHER]  # fmt: skip
    found += [("microdata:headline", item.text) for item in said.headings if item.prop == "headline"][:1]
    return ((name, text[:_LONGEST]) for name, text in found if text and plain(text[:_LONGEST]))


def candidates(witnesses: Iterable[tuple[str, str]]) -> list[Wording]:
    """Give each wording once: what the witnesses say, then what is left where a part is cut off at a separator."""
    found: dict[str, Wording] = {}
    witnesses = list(witnesses)
    for origin, text in witnesses:
        found.setdefault(key := plain(text), Wording(text, key, origin))
    for origin, text in witnesses:
        borders = list(SEPARATOR.finditer(text))
        for at in dict.fromkeys((*borders[-2:], *borders[:1])):
            before, after = text[: at.start()].strip(), text[at.end() :].strip()
            if key := plain(before):
                found.setdefault(key, Wording(before, key, origin, tail=plain(after)))
            if key := plain(after):
                found.setdefault(key, Wording(after, key, origin, head=plain(before)))
    return list(found.values())


def site_names(draft: Draft, said: Declared, url: str | None) -> frozenset[str]:
    """Give the names under which the site calls itself, letters and digits alone."""
    publisher = draft.values.get("publisher")
    names = [publisher.name] if isinstance(publisher, Publisher) and publisher.name else []
    for key in ("og:site_name", "application-name", "apple-mobile-web-app-title", "twitter:site", "dc.publisher"):
        names += said.meta.get(key, [])[:1]
    for node in said.nodes:
        if jsonld.types(node) & {"WebSite", "Organization", "NewsMediaOrganization"}:
            names += [name for name in [jsonld.text_of(node.get("name"))] if name]
    if domain := registered_domain(url):
        names += [domain, domain.split(".")[0]]
    return frozenset(plain(name).replace(" ", "") for name in names[:20] if plain(name))


def section_names(said: Declared, node: jsonld.Node | None) -> frozenset[str]:
    """Give the sections that the page names, as `plain` has them."""
    names = [name for key in ("article:section", "og:article:section") for name in said.meta.get(key, [])]
    if node is not None and (stated := node.get("articleSection")):
        names += jsonld.list_of(stated)
    return frozenset(plain(name) for name in names[:20])


def features(
    item: Wording, witnesses: list[tuple[str, str]], site: frozenset[str], sections: frozenset[str], url: str | None
) -> dict[str, float]:
    """Give what speaks for and against a wording, by the names of `WEIGHTS`."""
    found: dict[str, float] = {}
    key = item.key
    for origin, text in witnesses:
        said = plain(text)
        if said == key:
            found[f"says:{origin}"] = 1.0
        elif said.startswith(key + " "):
            name = "begins" if origin in _HEAD_TITLES else "begins visible"
            found[name] = found.get(name, 0.0) + 1.0
        elif said.endswith(" " + key) and said.removesuffix(" " + key) in sections:
            found["head is section"] = 1.0
        elif said.endswith(" " + key) or key.startswith(said + " "):
            found["within"] = found.get("within", 0.0) + 1.0
    words = key.split()
    joined = key.replace(" ", "")
    if len(words) < 3 and not _unspaced(key):  # noqa: PLR2004
        found["one word" if len(words) == 1 else "two words"] = 1.0
    found["over 25 words"] = float(len(words) > 25)  # noqa: PLR2004
    found["is site"] = float(joined in site)
    folders = sections | _folders(url)
    parts = SEPARATOR.split(item.text)
    glued = any(len(name) > 3 and joined != name and joined.endswith(name) for name in site)  # noqa: PLR2004
    found["ends in site"] = float(glued or (len(parts) > 1 and _of_site(plain(parts[-1]), site)))
    found["ends in section"] = float(len(parts) > 1 and plain(parts[-1]) in folders)
    if item.head is not None:
        found["head is site"] = float(_of_site(item.head, site))
    found["cut off"] = float(item.tail is not None or item.head is not None)
    if item.tail is not None:
        found["tail is site"] = float(_of_site(item.tail, site))
        found["tail is section"] = float(item.tail in folders)
        found["tail is short"] = float(len(item.tail.split()) <= 3)  # noqa: PLR2004
    found["ellipsis"] = float(item.text.rstrip().endswith(("…", "...")))
    path = _words_of_path(url)
    long = [word for word in words if len(word) > 3]  # noqa: PLR2004
    if path and long:
        share = sum(word in path for word in long) / len(long)
        found["in url"] = share
        found["in url, by length"] = share * min(len(words), 15) / 15
    return {name: value for name, value in found.items() if value}


def _of_site(part: str, site: frozenset[str]) -> bool:
    """Tell whether a part names the site (addresses write ö as oe), a day, or what news it is: `Dorset News`."""
    joined = part.replace(" ", "")
    words = part.split()
    if joined.isdigit() or (len(words) <= 3 and words[-1:] == ["news"]):  # noqa: PLR2004
        return True
    return any(_names(form, name) for form in {joined, joined.translate(_AS_ADDRESS)} for name in site)


def _names(part: str, name: str) -> bool:
    """Tell whether one is the other, or holds it; names of up to three letters only as a whole."""
    return part == name or (min(len(part), len(name)) > 3 and (part in name or name in part))  # noqa: PLR2004


def _unspaced(key: str) -> bool:
    return any("\u0e00" <= char <= "\u0eff" or "\u3040" <= char <= "\u9fff" for char in key[:40])


def _folders(url: str | None) -> frozenset[str]:
    """Give the folders of a URL's path, as `plain` has them."""
    try:
        path = unquote(urlsplit(url or "").path)
    except ValueError:
        return frozenset()
    return frozenset(plain(part.replace("-", " ")) for part in path.split("/")[1:-1]) - {""}


def _words_of_path(url: str | None) -> frozenset[str]:
    if not url:
        return frozenset()
    try:
        return frozenset(plain(unquote(urlsplit(url).path).replace("_", " ")).split())
    except ValueError:
        return frozenset()


def _is_cut(short: str, whole: str) -> bool:
    stem, grown = (re.sub(r"[\s.…]+$", "", text) for text in (short, whole))
    rest = grown[len(stem) :]
    if not rest or grown[: len(stem)].casefold() != stem.casefold() or len(stem) < 15:  # noqa: PLR2004  # too short to tell
        return False
    if SEPARATOR.match(rest):
        return False  # what follows is the site's name or a section
    marked = short.rstrip().endswith(("…", "..."))
    by_quote = rest.lstrip()[:1] == '"'  # one that was not escaped ends an attribute
    return marked or by_quote or (len(stem) >= _OPENING and rest[0] == " ")  # cut at a word, as CMSs do


def _put_variants(
    draft: Draft, witnesses: list[tuple[str, str]], headline: str, site: frozenset[str], chosen: str
) -> None:
    seen = {plain(headline), *(plain(variant.text) for variant in draft.variants)}
    words = set(plain(headline).split())
    for origin, raw in witnesses:
        text = without_site(squeeze(raw), site)
        key = plain(text)
        if key in seen or key.replace(" ", "") in site or len(key.split()) < 2:  # noqa: PLR2004
            continue
        seen.add(key)
        cut = _is_cut(text, headline)
        draft.variants.append(HeadlineVariant(text, "truncated" if cut else _KINDS.get(origin, "alternative")))
        other = set(key.split())
        if not cut and origin in _DISTINCT_ORIGINS and len(words & other) < _ALIKE * len(words | other):
            draft.issues.append(Issue("field_conflict", "headline", f"{chosen} or {origin}: {text[:100]}"))


def without_site(text: str, site: frozenset[str]) -> str:
    """Cut the site's name off the end or the start of a title, where the rest still is one."""
    borders = list(SEPARATOR.finditer(text))
    for rest, part in [
        *((text[: at.start()], text[at.end() :]) for at in borders[-2:]),
        *((text[at.end() :], text[: at.start()]) for at in borders[:1]),
    ]:
        name = plain(part).replace(" ", "")
        if name in site and len(plain(rest).split()) >= 2:  # noqa: PLR2004
            return rest.strip()
    return text
