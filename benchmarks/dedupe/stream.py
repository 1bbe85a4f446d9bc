"""The labelled stream: bases, their variants and their look-alikes in an order of arrival; deterministic by seed.

A variant arrives after its base, mostly at another site with an address of its own, as a syndicated
copy does, so that the text and not the address decides. A share stays at the base's site, half of
these at its very address: there a page was edited, and a verdict of revision is right as well.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from benchmarks.dedupe import templates, variants
from benchmarks.dedupe.bodies import Base, Split
from benchmarks.dedupe.text import Text, script, units
from worker.model import Article, Paragraph, Payload, Publisher, VerdictKind

Group = Literal["base", "exact", "near", "update", "contained", "different"]
GROUPS: Final[tuple[Group, ...]] = ("base", "exact", "near", "update", "contained", "different")

FULL: Final = 8000
"""Articles of a full stream, about."""
_TEMPLATES: Final = 150
"""Instances a class of templates in a full stream: two false links of 150 are below the goal of .02, three are not."""
_BASES: Final = 4000
"""Bodies of the pool in a full stream, those that only give paragraphs to others included."""
_DONORS: Final = {"en": 0.24}
_FEW_DONORS: Final = 0.15
"""The share of a language's bodies that is kept back for that; each gives once, or two variants would share text."""
_LEAST_EXPANDED: Final = 40
_SAME_SITE: Final = 0.15
_SHORT: Final = 50
"""Below so many units a body is short: a flash, whose headline carries half of the news."""
_START: Final = datetime(2026, 11, 2, 6, tzinfo=UTC)
_SPAN: Final = timedelta(days=2)
_SOONEST: Final = 0.0005
"""A variant comes a minute after its base or later, so that their times of publication differ."""


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of an item.

    `of` is the number of the item it was made from, None for one that is new; `family` the number of the
    first of its kind: a link to any of them is right. `accepted` are the verdicts that are right.
    """

    group: Group
    subclass: str
    script: str
    family: int
    of: int | None = None
    accepted: frozenset[VerdictKind] = frozenset({"new"})


@dataclass(frozen=True, slots=True)
class Item:
    """One article of the stream, in order of arrival."""

    number: int
    text: Text
    site: str
    url: str
    published_at: str
    label: Label


@dataclass(slots=True)
class _Draft:
    text: Text
    site: str
    url: str
    time: float
    group: Group
    subclass: str
    script: str
    of: _Draft | None = None
    accepted: frozenset[VerdictKind] = frozenset({"new"})
    published: float = -1.0


@dataclass(slots=True)
class _Desk:
    """Where drafts are collected; `donors` are texts that never arrive themselves, by language, each used once."""

    rng: random.Random
    donors: dict[str, list[Text]]
    drafts: list[_Draft] = field(default_factory=list)
    slugs: int = 0

    def address(self, site: str, headline: str) -> str:
        self.slugs += 1
        slug = "-".join(re.findall(r"[a-z0-9]+", headline.lower())[:8]) or "story"
        return f"https://{site}/2026/11/{slug}-{self.rng.randrange(10**6):06}{self.slugs}"

    def site(self) -> str:
        return f"paper{self.rng.randrange(80):02}.example"

    def first(self, text: Text, group: Group, subclass: str, site: str | None = None) -> _Draft:
        """Add an article that is new."""
        site = site or self.site()
        time = self.rng.random() ** 1.3 if group == "base" else self.rng.random()
        draft = _Draft(text, site, self.address(site, text.headline), time, group, subclass, script(text.body))
        self.drafts.append(draft)
        return draft

    def variant(self, of: _Draft, text: Text, group: Group, subclass: str, *accepted: VerdictKind) -> _Draft:
        """Add an article that was made of another, later than it."""
        chance, kinds = self.rng.random(), set(accepted)
        site, url, published = self.site(), "", -1.0
        if chance < _SAME_SITE:
            site = of.site
            if chance < _SAME_SITE / 2:
                url, published = of.url, of.published if of.published >= 0 else of.time
                kinds |= {"revision"} if group != "exact" else set()
        # Most copies come soon; a few come at the very end, when much lies between.
        wait = self.rng.random() ** 3
        time = of.time + max((1.02 - of.time) * wait, _SOONEST)
        draft = _Draft(
            text, site, url or self.address(site, text.headline), time, group, subclass, of.script, of, frozenset(kinds)
        )
        draft.published = published
        self.drafts.append(draft)
        return draft

    def donor(self, language: str) -> Text | None:
        stock = self.donors.get(language)
        return stock.pop() if stock else None


def stream(bases: Sequence[Base], split: Split, seed: int = 1, scale: float = 1.0) -> list[Item]:
    """Make the stream of one half; `bases` are that half's alone, `scale` the part of a full stream."""
    rng = random.Random(f"{seed}/{split}")
    shuffled = [base.text for base in bases]
    rng.shuffle(shuffled)
    donors: dict[str, list[Text]] = {}
    rest: list[Text] = []
    for text in shuffled:
        stock = donors.setdefault(text.language, [])
        if rng.random() < _DONORS.get(text.language, _FEW_DONORS):
            stock.append(text)
        else:
            rest.append(text)
    desk = _Desk(rng, donors)
    hosts = [text for text in rest if text.language == "en" and text.size >= _SHORT]
    half = len(hosts) // 7
    quoting, boxed = hosts[:half], hosts[half : 2 * half]
    taken = {id(text) for text in (*quoting, *boxed)}
    plain = [text for text in rest if id(text) not in taken]
    families = [_family(desk, text) for text in plain]
    _same_story(desk, quoting, [base for base in families if base.text.language == "en"])
    _boilerplate(desk, boxed, split)
    _templates(desk, split, max(4, round(_TEMPLATES * scale)))
    return _numbered(desk.drafts)


def bases_for(scale: float) -> int:
    """Tell how many bases a stream of this scale wants."""
    return max(60, round(_BASES * scale))


def _numbered(drafts: list[_Draft]) -> list[Item]:
    ordered = sorted(drafts, key=lambda draft: draft.time)
    numbers = {id(draft): number for number, draft in enumerate(ordered)}
    families: dict[int, int] = {}
    texts: dict[int, set[tuple[str, ...]]] = {}
    items = []
    for number, draft in enumerate(ordered):
        of = None if draft.of is None else numbers[id(draft.of)]
        families[number] = number if of is None else families[of]
        seen = texts.setdefault(families[number], set())
        # Two that lost the same paragraph are equal to each other, whatever they are to their base.
        accepted = draft.accepted | (_SAME if draft.text.units in seen else frozenset())
        seen.add(draft.text.units)
        label = Label(draft.group, draft.subclass, draft.script, families[number], of, accepted)
        published = (draft.published if draft.published >= 0 else draft.time) * _SPAN
        moment = (_START + published).isoformat(timespec="seconds")
        items.append(Item(number, draft.text, draft.site, draft.url, moment, label))
    return items


def _family(desk: _Desk, text: Text) -> _Draft:
    """Add a base and up to five variants of it."""
    rng = desk.rng
    rare = script(text.body) not in {"latin", "cyrillic"}
    if text.size >= (150 if rare else 240) and rng.random() < 0.18:
        return _expanded(desk, text)
    short = text.size < _SHORT
    base = desk.first(text, "base", "short" if short else "story")
    if rare or rng.random() < 0.33:
        desk.variant(base, variants.typography(rng, text), "exact", "short" if short else "typography", *_EXACT)
    for _ in range(4 if rare else rng.choice((0, 0, 1, 1, 1, 2))):
        _near(desk, base, short=short)
    if rare or rng.random() < 0.5:
        update = _update(desk, base)
        if update is not None and rng.random() < 0.2:
            # The second version travels as the first one did.
            _copy(desk, update, "copy of an update")
    if rare or rng.random() < 0.5:
        _part(desk, base)
    if text.size >= _LEAST_EXPANDED and rng.random() < 0.16:
        longer = variants.doubled(rng, text, lambda: desk.donor(text.language))
        if longer is not None:
            desk.variant(base, longer, "contained", "expanded with more", "expands")
    return base


_EXACT: Final[tuple[VerdictKind, ...]] = ("exact", "syndicated")
_SAME: Final[frozenset[VerdictKind]] = frozenset({"exact"})
_NEAR: Final[tuple[VerdictKind, ...]] = ("near", "syndicated")


def _rules(desk: _Desk) -> dict[str, variants.Rule]:
    return {
        "syndicated": variants.syndicated,
        "typos 1 %": variants.typos,
        "misread 4 %": variants.misread,
        "paragraph dropped": variants.dropped,
        "paragraph inserted": lambda rng, text: variants.inserted(rng, text, desk.donor(text.language)),
        "paragraph moved": variants.moved,
        "trimmed": variants.trimmed,
        "copy-edited": variants.copy_edited,
    }


_MIXED: Final = (
    ("typos 1 %", "syndicated"),
    ("paragraph dropped", "syndicated"),
    ("paragraph moved", "syndicated"),
    ("trimmed", "syndicated"),
    ("copy-edited", "syndicated"),
    ("copy-edited", "typos 1 %"),
    ("copy-edited", "paragraph dropped", "syndicated"),
    ("typos 1 %", "trimmed", "syndicated"),
    ("misread 4 %", "syndicated"),
)


def _near(desk: _Desk, base: _Draft, *, short: bool) -> None:
    rules = _rules(desk)
    names = ["syndicated", "syndicated", "typos 1 %", "misread 4 %"]
    if not short:
        names += [name for name in rules if name not in names] + ["mixed", "mixed"]
    name = desk.rng.choice(names)
    text: Text | None = base.text
    for step in desk.rng.choice(_MIXED) if name == "mixed" else (name,):
        text = rules[step](desk.rng, text) if text is not None else None
    if text is None or text.units == base.text.units:
        return
    if short:
        # A flash is its headline: another one would be another flash.
        text = Text(base.text.headline, text.paragraphs, text.language)
    desk.variant(base, text, "near", "short" if short else name, *_NEAR)


def _update(desk: _Desk, base: _Draft) -> _Draft | None:
    rng = desk.rng
    short = base.text.size < _SHORT
    least, most, name = (1, 1, "one number") if short or rng.random() < 0.65 else (2, 4, "two to four")
    text = variants.recounted(rng, base.text, least, most)
    if text is None:
        return None
    if not short and rng.random() < 0.4:
        longer = variants.extended(rng, text, desk.donor(text.language), rng.uniform(0.1, 0.3))
        if longer is not None:
            text, name = longer, f"{name}, paragraphs"
    elif short:
        name = "short"
    if rng.random() < 0.5:
        text = variants.announced(rng, text)
    return desk.variant(base, text, "update", name, "revision")


def _part(desk: _Desk, base: _Draft) -> None:
    name, rule = desk.rng.choice((("first part", variants.first_part), ("teaser", variants.teaser)))
    text = rule(desk.rng, base.text)
    if text is not None:
        desk.variant(base, text, "contained", name, "contained")


def _expanded(desk: _Desk, text: Text) -> _Draft:
    """Let the beginning arrive first, then the whole."""
    beginning = variants.first_part(desk.rng, text)
    if beginning is None:
        return desk.first(text, "base", "story")
    base = desk.first(beginning, "base", "beginning")
    whole = desk.variant(base, text, "contained", "the whole, later", "expands")
    if desk.rng.random() < 0.4:
        _copy(desk, whole, "copy of an expansion")
    return base


def _copy(desk: _Desk, of: _Draft, subclass: str) -> None:
    """Add a syndicated copy, unless there was no room for more than another headline."""
    copy = variants.syndicated(desk.rng, of.text)
    if copy is not None and copy.units != of.text.units:
        desk.variant(of, copy, "near", subclass, *_NEAR)


def _same_story(desk: _Desk, hosts: Sequence[Text], families: Sequence[_Draft]) -> None:
    quotable = [base for base in families if base.text.size >= 120]
    for host in hosts:
        for quoted in desk.rng.sample(quotable, min(6, len(quotable))):
            text = variants.quoting(desk.rng, host, quoted.text, desk.rng.randint(1, 2))
            if text is not None:
                draft = desk.first(text, "different", "shared quotes")
                draft.time = quoted.time + (1 - quoted.time) * desk.rng.random()
                break
        else:
            desk.first(host, "base", "story")


def _boilerplate(desk: _Desk, hosts: Sequence[Text], split: Split) -> None:
    blocks = templates.moulds(split)["boilerplate"]
    sites = [(f"gazette{number:02}.example", blocks[number % len(blocks)]) for number in range(2 * len(blocks))]
    for number, host in enumerate(hosts):
        site, block = sites[number % len(sites)]
        if host.size < len(units(block)):
            desk.first(host, "base", "story")  # a page that is mostly boilerplate is another matter
            continue
        text = variants.boxed(desk.rng, host, block.format(site=site.partition(".")[0].title()))
        desk.first(text, "different", "shared boilerplate", site)


def _templates(desk: _Desk, split: Split, count: int) -> None:
    """Add each class's instances; one in ten is copied, and the copy is a copy."""
    for name in templates.CLASSES:
        sites = [desk.site() for _ in range(3)]
        for text in templates.instances(desk.rng, name, split, count):
            draft = desk.first(text, "different", name, desk.rng.choice(sites))
            if desk.rng.random() < 0.1:
                if desk.rng.random() < 0.5:
                    desk.variant(draft, variants.typography(desk.rng, text), "exact", "of a template", *_EXACT)
                else:
                    _copy(desk, draft, "of a template")


def article_of(item: Item) -> tuple[Payload, Article]:
    """Give the payload and article that the line would have made of an item."""
    at, slices = 0, []
    for part in item.text.paragraphs:
        slices.append(Paragraph(at, at + len(part)))
        at += len(part) + 2
    article = Article(
        headline=item.text.headline or None,
        body=item.text.body,
        paragraphs=tuple(slices),
        format="text",
        publisher=Publisher(item.site, item.site),
        published_at=item.published_at,
        url=item.url,
        canonical_url=item.url,
    )
    raw = f"{item.url}\n\n{item.published_at}\n\n{item.text.headline}\n\n{item.text.body}"
    received = datetime.fromisoformat(item.published_at)
    return Payload(raw.encode("utf-8", "replace"), str(item.number), received, url=item.url), article


def summary(items: Sequence[Item]) -> Iterator[str]:
    """Count the items by group and subclass."""
    counts: dict[tuple[str, str], int] = {}
    for item in items:
        key = (item.label.group, item.label.subclass)
        counts[key] = counts.get(key, 0) + 1
    for group, subclass in sorted(counts, key=lambda key: (GROUPS.index(key[0]), key[1])):
        yield f"{group:10} {subclass:26} {counts[group, subclass]:5}"


def words_of(items: Sequence[Item]) -> int:
    """Count the units of all bodies."""
    return sum(len(units(item.text.body)) for item in items)
