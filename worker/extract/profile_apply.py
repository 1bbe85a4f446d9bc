"""A publisher profile applied to one page: drops elements, reads fields by selector, and tells where it does not fit.

The tree is BeautifulSoup's, which is forgiving and known to those who write selectors, and slow: some 47 ms for 1,000
elements and 13 selectors. So it is made for pages that have a profile alone, and not for huge ones.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from worker.extract.draft import Draft
from worker.extract.fragment import Block, blocks_of_fragment
from worker.extract.profile import DATES, LISTS, TEXTS, WORDS, Profile, Rule, Selector
from worker.model import Image, Issue, Provenance, Publisher
from worker.text.dates import Stamp, read_date
from worker.text.markup import MOST_ATTRIBUTES, has_giant_tag
from worker.text.urls import absolute
from worker.text.whitespace import squeeze

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_MOST_CHARACTERS: Final = 2_000_000
# Measured: 16 µs an element for the tree, 2 to 4 µs for each selector that has to look at all of them. So the bound
# is about 2 s, well within limits.soft_seconds: 30,000 elements with 15 selectors, 8,500 with 65.
_MOST_WORK: Final = 600_000
_TREE: Final = 5  # what the tree costs, in selectors
_DEEPEST: Final = 250  # a fragment's reader loses what is more than 253 deep: libxml2's own limit
_MOST_CLIMBS: Final = 10_000_000  # from an element to one around it; measured: 0.04 to 0.1 µs each
_CONFIDENCE: Final = 0.98
_BREAKS: Final = frozenset("br p div li ul ol h1 h2 h3 h4 h5 h6 section article td th tr dd dt".split())
_LEFT_OUT: Final = frozenset("aside figure footer nav form template noscript".split())
# libxml2 compares each attribute with each: 50,000 of them take 26 seconds of native code.
_PROLOGUE: Final = re.compile(r"\s*<\?[^>]*>")
_START: Final = re.compile(r"<[a-zA-Z]")
_WIDE: Final = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_NUMBERS: Final = re.compile(r"^(\D{0,20}?)(\d{1,2})([./-]\s?)(\d{1,2})([./-]\s?)(\d{4})(?!\d)")


class MisfitError(Exception):
    """The page is not as the profile says; `field` is the field that was missed, None where it is the whole page."""

    def __init__(self, field: str | None, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Found:
    """A field's value, as `Article` holds it, and by which selector."""

    value: Any
    method: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What a profile gave: the page without what it drops, fields, the body's blocks (None without a rule for it)."""

    profile: Profile
    text: str
    fields: Mapping[str, Found]
    blocks: list[Block] | None
    issues: tuple[Issue, ...]

    def put_into(self, draft: Draft) -> None:
        """Set the fields in a draft of the same page, whatever else it found, and drop the doubts about them."""
        draft.versions["profile"] = f"{self.profile.name} {self.profile.version}"
        draft.issues[:] = [issue for issue in draft.issues if issue.field not in self.fields]
        draft.issues += self.issues
        for name, found in self.fields.items():
            draft.provenance[name] = Provenance(f"profile:{self.profile.name}", found.method, _CONFIDENCE)
            if name == "body":
                draft.blocks = list(self.blocks or ())
            elif name == "images":
                draft.images = list(found.value)
            elif name in WORDS:
                setattr(draft, name, found.value)
            else:
                draft.values["language_declared" if name == "language" else name] = found.value
                if name == "language":
                    draft.provenance["language_declared"] = draft.provenance.pop(name)
        headline = draft.values.get("headline")
        draft.variants[:] = [variant for variant in draft.variants if variant.text != headline]
        if draft.blocks and squeeze(draft.blocks[0][0]) == headline:
            del draft.blocks[0]


def apply_profile(profile: Profile, text: str, url: str | None) -> Applied:
    """Read a page by a profile. Raises MisfitError where the page does not fit, or is too large for a profile."""
    soup = make_soup(text, len(tuple(profile.selectors())))
    page = _without(soup, profile.drop, text)
    fields: dict[str, Found] = {}
    blocks: list[Block] | None = None
    issues: list[Issue] = []
    for name, rules in profile.rules.items():
        if name == "body":
            blocks, found = _read_body(soup, rules)
        else:
            found_or_none, doubts = _read_field(soup, rules, url)
            issues += (Issue(doubt.code, doubt.field, f"profile:{profile.name}: {doubt.detail}") for doubt in doubts)
            if found_or_none is None:
                continue
            found = found_or_none
        fields[name] = found
    return Applied(profile, page, fields, blocks, tuple(issues))


def make_soup(text: str, selectors: int) -> BeautifulSoup:
    """Make the tree; `selectors` is how many will look through it. Raises MisfitError for what would take too long."""
    from bs4 import BeautifulSoup, ParserRejectedMarkup  # noqa: PLC0415  # see profile._selector

    if len(text) > _MOST_CHARACTERS:
        raise MisfitError(None, f"{len(text)} characters; profiles read pages of up to {_MOST_CHARACTERS}")
    most = _MOST_WORK // (_TREE + selectors)
    if text.count("<") > most and (elements := len(_START.findall(text))) > most:
        raise MisfitError(None, f"{elements} elements; with {selectors} selectors profiles read up to {most}")
    if has_giant_tag(text):
        raise MisfitError(None, f"an element has more than about {MOST_ATTRIBUTES} attributes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a page looks like XML, or like the name of a file
            soup = BeautifulSoup(_PROLOGUE.sub("", text, count=1).replace("\0", ""), "lxml")
    except (ParserRejectedMarkup, etree.LxmlError, RecursionError, ValueError, AssertionError) as exc:
        raise MisfitError(None, f"no tree can be made: {exc}"[:200]) from exc
    _check_depth(soup, selectors)
    return soup


def _check_depth(soup: BeautifulSoup, selectors: int) -> None:
    """Refuse a tree in which selectors such as `.a .b` would climb too often; a page of news is 10 to 30 deep."""
    from bs4 import Tag  # noqa: PLC0415  # see profile._selector

    depths = {id(soup): 0}
    climbs = 0
    for node in soup.descendants:
        if isinstance(node, Tag):
            depth = depths[id(node)] = depths[id(node.parent)] + 1
            climbs += depth
            if depth > _DEEPEST:
                raise MisfitError(None, f"elements are nested more than {_DEEPEST} deep")
    if climbs * selectors > _MOST_CLIMBS:
        raise MisfitError(
            None, f"{len(depths)} elements, {climbs // len(depths)} deep on average, {selectors} selectors"
        )


def _without(soup: BeautifulSoup, drop: Iterable[Selector], text: str) -> str:
    """Take the dropped elements out; gives the page's text anew only where there were some."""
    dropped = False
    for selector in drop:
        for tag in outermost(selector.sieve.select(soup)):
            tag.extract()
            dropped = True
    return soup.decode() if dropped else text


def outermost(tags: Iterable[Tag]) -> list[Tag]:
    """Leave out elements that stand in another one of the list; the order is the document's."""
    kept: list[Tag] = []
    given = list(tags)
    inside = {id(tag) for tag in given}
    outside: set[int] = set()
    for tag in given:
        way: list[int] = []
        nested = False
        for parent in tag.parents:
            if id(parent) in outside:
                break
            if id(parent) in inside:
                nested = True
                break
            way.append(id(parent))
        (inside if nested else outside).update(way)
        if not nested:
            kept.append(tag)
    return kept


def _read_body(soup: BeautifulSoup, rules: Iterable[Rule]) -> tuple[list[Block], Found]:
    told: list[str] = []
    for rule in rules:
        for selector in rule.select:
            tags = outermost(selector.sieve.select(soup, 0 if rule.every else 1))
            blocks = blocks_of_tags(tags)
            words = sum(count_words(text) for text, _ in blocks)
            if blocks and words >= rule.least_words:
                return blocks, Found(None, _method(selector))
            told.append(
                f"{rule.key}.select: {selector.css!r} "
                + (f"gives {words} words, fewer than {rule.least_words}" if tags else "matches nothing")
            )
    raise MisfitError("body", "; ".join(told))


def blocks_of_tags(tags: Iterable[Tag]) -> list[Block]:
    """Give the text of elements as blocks; what a body never takes (asides, forms) counts where it was selected itself.

    Headings, list items, quotes and table rows keep their kind.
    """
    parts = [tag.decode_contents() if tag.name in _LEFT_OUT else tag.decode() for tag in tags]
    return blocks_of_fragment("".join(f"<div>{part}</div>" for part in parts)) if parts else []


def count_words(text: str) -> int:
    """Count words by blanks; in scripts without blanks two characters count as a word."""
    return max(len(text.split()), len(_WIDE.findall(text)) // 2)


def _read_field(soup: BeautifulSoup, rules: Iterable[Rule], url: str | None) -> tuple[Found | None, list[Issue]]:
    told: list[str] = []
    doubts: list[Issue] = []
    for rule in rules:
        if not rule.select:
            return Found(_typed(rule, rule.value, url), "value"), doubts
        for selector in rule.select:
            tags = selector.sieve.select(soup, 0 if rule.every else 1)
            if tags and rule.value:
                return Found(_typed(rule, rule.value, url), _method(selector)), doubts
            value, issue = _value(rule, tags, url)
            if value:
                return Found(value, _method(selector)), [issue] if issue else []
            told.append(f"{rule.key}.select: {selector.css!r} " + ("gives nothing" if tags else "matches nothing"))
            doubts += [issue] if issue else []
    if any(rule.required for rule in rules):
        raise MisfitError(next(iter(rules)).field, "; ".join(told))
    return None, doubts


def _value(rule: Rule, tags: Iterable[Tag], url: str | None) -> tuple[Any, Issue | None]:
    """Make the field's value of the matched elements; an issue where a date cannot be read or is ambiguous."""
    if rule.field == "images":
        found = ((absolute(attribute_of(tag, rule), url), tag) for tag in tags)
        return tuple(Image(whole, _caption(tag, rule)) for whole, tag in found if whole), None
    texts = [text for tag in tags if (text := strip_affixes(_raw(tag, rule), rule.strip))]
    if rule.field in DATES:
        return _date(rule, texts)
    return _typed(rule, texts, url), None


def _typed(rule: Rule, texts: Iterable[str], url: str | None) -> Any:
    if rule.field in LISTS:
        items = list(texts)
        for separator in rule.split:
            items = [part for item in items for part in item.split(separator)]
        clean = (strip_affixes(item, rule.strip) for item in items)
        return tuple(dict.fromkeys(item for item in clean if item))
    text = squeeze(next(iter(texts), ""))
    if rule.field == "publisher":
        return Publisher(text, None, "publisher") if text else None
    return absolute(text, url) if rule.field == "canonical_url" else text


def _raw(tag: Tag, rule: Rule) -> str:
    return (attribute_of(tag, rule) or "") if rule.attribute or rule.field not in TEXTS | LISTS else text_of(tag)


def attribute_of(tag: Tag, rule: Rule) -> str | None:
    """Give the attribute that the rule names, else the one in which such elements carry this field, else the text."""
    names = (rule.attribute,) if rule.attribute else _USUAL.get(rule.field, ())
    for name in names:
        value = tag.get(name)
        if value:
            return " ".join(value) if isinstance(value, list) else str(value)
    return None if rule.attribute or rule.field == "images" else text_of(tag)


_USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "published_at": ("datetime", "content"),
    "modified_at": ("datetime", "content"),
    "canonical_url": ("href", "content"),
    "images": ("src", "content", "href"),
}


def text_of(tag: Tag) -> str:
    """Give an element's text in one line; block elements and line breaks part words. Of a meta element its content."""
    from bs4 import Tag  # noqa: PLC0415  # see profile._selector
    from bs4.element import NavigableString  # noqa: PLC0415

    if tag.name == "meta":
        return squeeze(str(tag.get("content") or ""))
    parts: list[str] = []
    for node in tag.descendants:
        if isinstance(node, Tag):
            if node.name in _BREAKS:
                parts.append(" ")
        elif type(node) is NavigableString:  # comments, scripts and styles are of classes below it
            before = node.previous_sibling
            parts += [" ", node] if isinstance(before, Tag) and before.name in _BREAKS else [node]
    return squeeze("".join(parts))


def strip_affixes(text: str, affixes: Iterable[str]) -> str:
    """Cut what the rule names off both ends, without regard to case, until nothing of it is left there."""
    clean = squeeze(text)
    marks = [mark for affix in affixes if (mark := squeeze(affix))]
    while clean:
        folded = clean.lower()  # as long as the text in all but a few letters, where nothing is cut
        if len(folded) != len(clean):
            return clean
        front = next((mark for mark in marks if folded.startswith(mark.lower()) and _apart(mark, clean)), None)
        if front is not None:
            clean = clean[len(front) :].strip()
        elif (end := next((mark for mark in marks if folded.endswith(mark.lower())), None)) is not None:
            clean = clean[: -len(end)].strip()
        else:
            return clean
    return clean


def _apart(mark: str, text: str) -> bool:
    """Keep `By ` from being cut off Byron."""
    return not (mark[-1].isalnum() and text[len(mark) : len(mark) + 1].isalnum())


def _caption(tag: Tag, rule: Rule) -> str | None:
    if rule.caption is None:
        return None
    place = tag.find_parent("figure") or tag.parent
    found = rule.caption.sieve.select_one(place) if place is not None else None
    return (text_of(found) or None) if found is not None else None


def _date(rule: Rule, texts: list[str]) -> tuple[str | None, Issue | None]:
    if not texts:
        return None, None
    text = texts[0]
    stamp = _by_format(text, rule.format) if rule.format else _by_order(text, rule.day_first)
    if stamp is None:
        return None, Issue("date_unparsed", rule.field, f"{rule.key}: {text[:80]!r}")
    issue = None
    if stamp.ambiguous:
        issue = Issue("date_ambiguous", rule.field, f"{text[:40]!r} read day first: {stamp.value}")
    return stamp.value, issue


def _by_format(text: str, form: str) -> Stamp | None:
    try:
        moment = datetime.strptime(text, form)  # noqa: DTZ007  # the source's own offset or none, never ours
    except ValueError:
        return None
    return Stamp(moment.isoformat() if "%H" in form or "%I" in form else moment.date().isoformat())


def _by_order(text: str, day_first: bool | None) -> Stamp | None:  # noqa: FBT001  # None: the page does not say
    stamp = read_date(text)
    if stamp is None or day_first is None or not stamp.ambiguous:
        return stamp
    turned = text if day_first else _NUMBERS.sub(r"\1\4\3\2\5\6", text)
    again = read_date(turned)
    return Stamp(again.value) if again is not None else None


def _method(selector: Selector) -> str:
    return f"css {selector.css}"[:120]


@dataclass(frozen=True, slots=True)
class Trial:
    """What one selector gives on a page: how many elements, and the text of the first ones."""

    key: str
    css: str
    count: int
    texts: tuple[str, ...]


def try_selectors(profile: Profile, text: str) -> list[Trial]:
    """Try every selector on a page, the drop rules first and then on what they leave. Raises MisfitError."""
    soup = make_soup(text, len(tuple(profile.selectors())))
    trials: list[Trial] = []

    def note(key: str, selector: Selector, show: Callable[[Tag], str]) -> list[Tag]:
        tags = outermost(selector.sieve.select(soup))
        trials.append(Trial(key, selector.css, len(tags), tuple(show(tag)[:120] for tag in tags[:3])))
        return tags

    for selector in profile.drop:
        for tag in note("drop", selector, text_of):
            tag.extract()
    for rules in profile.rules.values():
        for rule in rules:
            for selector in rule.select:
                show = text_of if rule.field == "body" or rule.value else lambda tag, rule=rule: _shown(tag, rule)
                note(rule.key, selector, show)
    return trials


def _shown(tag: Tag, rule: Rule) -> str:
    return strip_affixes(_raw(tag, rule) if rule.field != "images" else attribute_of(tag, rule) or "", rule.strip)
