"""Score verdicts against labels: found, linked to the right family, called by the right name; and the goals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.dedupe import templates
from benchmarks.dedupe.stream import GROUPS, Group, Item

COPY: Final = frozenset({"exact", "near", "syndicated"})
UPDATE: Final = frozenset({"revision"})
PART: Final = frozenset({"contained", "expands"})


@dataclass(frozen=True, slots=True)
class Call:
    """What a detector said of an item: a verdict's kind, and the number of the item that it linked to.

    `of` is -1 where it named an article that is not in the stream.
    """

    kind: str
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """An item, what was said of it, and whether that holds."""

    item: Item
    call: Call
    right: bool

    @property
    def found(self) -> bool:
        """Linked to anything."""
        return self.call.of is not None

    @property
    def accepted(self) -> bool:
        """The verdict is one of those that are right, and its link too."""
        is_new = self.item.label.of is None
        return self.call.kind in self.item.label.accepted and (not self.found if is_new else self.right)


def judge(items: Sequence[Item], calls: Sequence[Call]) -> list[Judged]:
    """Hold each call against its label: a link is right when it leads to the item's own family, whichever member."""
    judged = []
    for item, call in zip(items, calls, strict=True):
        linked = items[call.of] if call.of is not None and call.of >= 0 else None
        right = linked is not None and item.label.of is not None and linked.label.family == item.label.family
        judged.append(Judged(item, call, right))
    return judged


@dataclass(frozen=True, slots=True)
class Row:
    """Counts of one class: items, linked, linked rightly, accepted; and how often each kind was said."""

    name: str
    count: int
    found: int
    right: int
    accepted: int
    kinds: Mapping[str, int]


def row_of(name: str, judged: Collection[Judged]) -> Row:
    """Count a class."""
    return Row(
        name,
        len(judged),
        sum(one.found for one in judged),
        sum(one.right for one in judged),
        sum(one.accepted for one in judged),
        dict(Counter(one.call.kind for one in judged).most_common()),
    )


def rows(judged: Iterable[Judged], key: Callable[[Judged], str]) -> list[Row]:
    """Count by group, and by whatever `key` names within it."""
    parts: dict[tuple[Group, str], list[Judged]] = {}
    for one in judged:
        parts.setdefault((one.item.label.group, key(one)), []).append(one)
    ordered = sorted(parts, key=lambda part: (GROUPS.index(part[0]), part[1]))
    table = []
    for group in GROUPS:
        mine = [part for part in ordered if part[0] == group]
        if mine:
            table.append(row_of(group, [one for part in mine for one in parts[part]]))
        table += [row_of(f"{group}/{part[1]}", parts[part]) for part in mine]
    return table


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and its bound: at least `bound`, or at most (`ceiling`). None: there was nothing to measure."""

    name: str
    figure: float | None
    bound: float
    ceiling: bool = False

    @property
    def met(self) -> bool:
        """The figure is within its bound, or there is none."""
        if self.figure is None:
            return True
        return self.figure <= self.bound if self.ceiling else self.figure >= self.bound


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def precision(judged: Iterable[Judged], kinds: Collection[str], groups: Collection[str]) -> float | None:
    """Of all verdicts of these kinds, the share that is right: an item of these groups, linked to its family.

    An item of another group counts as right where its label accepts the kind (a near copy at its base's
    own address may be called a revision).
    """
    called = [one for one in judged if one.call.kind in kinds]
    good = [one for one in called if one.accepted or (one.right and one.item.label.group in groups)]
    return _share(len(good), len(called))


def recall(judged: Iterable[Judged], kinds: Collection[str], groups: Collection[str]) -> float | None:
    """Of all items of these groups, the share linked to their family by one of these kinds, or another accepted one."""
    wanted = [one for one in judged if one.item.label.group in groups]
    return _share(sum(one.accepted or (one.right and one.call.kind in kinds) for one in wanted), len(wanted))


def false_links(judged: Iterable[Judged], subclasses: Collection[str] | None = None) -> float | None:
    """Of the articles that only look alike (or of these subclasses of them), the share that was linked."""
    alike = [
        one
        for one in judged
        if one.item.label.group == "different" and (subclasses is None or one.item.label.subclass in subclasses)
    ]
    return _share(sum(one.found or one.call.kind != "new" for one in alike), len(alike))


def goals(judged: Sequence[Judged]) -> Iterator[Goal]:
    """Give the figures that have goals."""
    copies: tuple[Group, ...] = ("exact", "near")
    yield Goal("exact and near: precision", precision(judged, COPY, copies), 0.992)
    yield Goal("exact and near: recall", recall(judged, COPY, copies), 0.996)
    yield Goal("update: precision", precision(judged, UPDATE, ("update",)), 0.97)
    yield Goal("update: recall", recall(judged, UPDATE, ("update",)), 0.95)
    # `contained` said of what expands is the wrong way round, so the kind counts here.
    yield Goal("contained: precision", precision(judged, PART, ()), 0.99)
    yield Goal("contained: recall", recall(judged, (), ("contained",)), 0.97)
    yield Goal("different: false links", false_links(judged), 0.003, ceiling=True)
    for name in templates.CLASSES:
        yield Goal(f"different, {name}: false links", false_links(judged, (name,)), 0.0199, ceiling=True)
