"""From the words that tell a speaker to a name: surnames, pronouns, roles, documents and whose they are."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from worker.prose.attribution import Attribution
from worker.prose.cues import DOCUMENTS
from worker.prose.names import NAME, Mention, Names, folded, gender, mentions, personal

_FEMALE: Final = frozenset({"she", "ella", "ela", "elle", "она"})
_MALE: Final = frozenset({"he", "él", "ele", "il", "er", "он"})
_OTHERS: Final = frozenset(
    "they it we i you who which that ellos ellas eles elas ils elles sie es они кто qui quien".split()
)
_ARTICLE: Final = re.compile(r"^(?:the|a|an|his|her|its|their|our)\s+", re.IGNORECASE)
_PARENTHESIS: Final = re.compile(r"\s*\([^()]{0,60}\)?")
_OWNED: Final = re.compile(
    r"\b(?:"
    + "|".join(sorted(DOCUMENTS))
    + r")s? (?:of|from|by|issued by|released by|published by) (?:the )?(?="
    + NAME.pattern
    + ")"
)
_OF: Final = re.compile(r" (?:of|for) (?:the )?")
_BACK: Final = 3000  # characters before a quote in which its document's owner is looked for
_MOST: Final = 50  # names of one paragraph that are tried for a pronoun
_PARAGRAPHS: Final = 4  # so far back a pronoun may reach
_APPOSITION: Final = re.compile(r",? (?:who|which)\b.*", re.DOTALL)


class Speakers:
    """The speakers of one text, in the order in which they speak."""

    def __init__(self, names: Names) -> None:
        self._text, self._names = names.text, names
        self.quoted: list[tuple[int, int]] = []
        self._last: tuple[str, int] | None = None
        self._known: dict[str, str] = {}

    def spoke(self, name: str | None, at: int) -> None:
        """Remember who spoke last, for the pronouns that follow."""
        if name is not None:
            self._last = name, at

    def resolve(self, by: Attribution, at: int) -> str | None:
        """Give the name for the words of an attribution; `at` is where what is said begins."""
        words = self._text[by.start : by.end]
        words = _APPOSITION.sub("", words) or words
        low = folded(words)
        if low in _FEMALE or low in _MALE:
            return self._pronoun("f" if low in _FEMALE else "m", by.start, at) or words
        if low in _OTHERS:
            return self._last[0] if self._last and low in {"they", "it"} else words
        if (known := self._known.get(words)) is None:
            known, lasting = self._phrase(words, by)
            if lasting:
                self._known[words] = known
        return known

    def _phrase(self, words: str, by: Attribution) -> tuple[str, bool]:
        """Resolve a noun phrase; also tell whether it means the same throughout the text."""
        if (full := self._names.people.by_surname.get(words)) is not None:
            return full, True
        plain = _PARENTHESIS.sub("", words).strip()
        bare = _ARTICLE.sub("", plain, count=1)
        parts = bare.split()
        if not parts:
            return words, True
        found = mentions(plain)
        head = next((at for at, part in enumerate(parts) if part in _HEAD_ENDS), len(parts))
        if head and parts[head - 1][:1].islower():
            if folded(parts[head - 1]) in DOCUMENTS:
                return self._owner(by.start) or (found[0].name if found and head > 1 else bare), False
            if head < len(parts) or not found:
                role = self._names.people.roles.get(folded(parts[-1])) if plain != bare else None
                return role or bare, True
        return self._named(found, plain) or bare, True

    def _named(self, found: Sequence[Mention], plain: str) -> str | None:
        """Find the person that a phrase names, by a full name, a surname or a title alone ("the President")."""
        person = next((one for one in reversed(found) if one.personal), None)
        if person is not None:
            return self._names.people.full(person.name)
        if len(found) != 1 or len(found[0].core) != 1:
            return None
        single = found[0].core[0]
        if full := self._names.people.by_surname.get(single):
            return full
        return self._names.people.roles.get(folded(single)) if _ARTICLE.match(plain) else None

    def _owner(self, at: int) -> str | None:
        """Find whose the document is that speaks at `at`: the last `statement of NAME` before."""
        last = bisect_left(self._documents, at) - 1
        if last < 0 or self._documents[last] < at - _BACK:
            return None
        return organisation_at(self._text, self._documents[last])

    @cached_property
    def _documents(self) -> list[int]:
        """Where the owners of documents are named: behind `statement of`."""
        return [match.end() for match in _OWNED.finditer(self._text)]

    def _is_quoted(self, at: int) -> bool:
        last = bisect_right(self.quoted, (at, len(self._text))) - 1
        return last >= 0 and at < self.quoted[last][1]

    def _pronoun(self, sex: str, pronoun: int, at: int) -> str | None:
        """Find whom `he` or `she` means: the first fitting person of its paragraph, else of those before it."""
        end = min(pronoun, at)
        for back in range(_PARAGRAPHS):
            start = self._text.rfind("\n", 0, end) + 1
            if back and self._last and start <= self._last[1] <= end + 1 and self._fits(self._last[0], sex):
                return self._last[0]
            begun = bisect_left(self._names.starts, start)
            for mention in self._names.mentions[begun : min(bisect_left(self._names.starts, end), begun + _MOST)]:
                if self._is_quoted(mention.start):
                    continue
                name = mention.name if mention.personal else self._names.people.by_surname.get(mention.core[-1])
                if name and self._fits(self._names.people.full(name), sex):
                    return self._names.people.full(name)
            end = max(0, start - 1)
            while end and self._text[end - 1] == "\n":
                end -= 1
        return None

    def _fits(self, name: str, sex: str) -> bool:
        words = tuple(name.split())
        if len(words) > 1 and not personal(words):
            return False
        known = self._names.people.genders.get(name) or gender(words)
        return known is None or known == sex


_HEAD_ENDS: Final = frozenset("of for in at on with from to by".split())


def organisation_at(text: str, at: int) -> str:
    """Read the name that begins at `at`, with `of` and `for` within: `U.S. Department of State`."""
    end = at
    while (found := NAME.match(text, end)) is not None:
        end = found.end()
        link = _OF.match(text, end)
        if link is None or NAME.match(text, link.end()) is None:
            break
        end = link.end()
    return text[at:end]
