"""A sentence as words and marks in parallel lists, quick to make; where a token stands is computed when asked."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from worker.prose.names import TITLE_DOTS

_WORD: Final = (
    r"(?:[^\W\d_]\.){2,6}|[^\W_]{1,80}(?:(?:['\u2019](?!(?:s|m|d|re|ve|ll)\b)|[./&-])[^\W_]{1,40}){0,6}"
    r"|['\u2019](?:s|m|d|re|ve|ll)\b|[^\w\s]"
)
_TOKEN: Final = re.compile(_WORD)
QUOTE: Final = "\ue000"
"""Stands for a quotation in a line."""
_TERMINAL: Final = frozenset(".!?\u2026\u061f\u06d4\u0964")
_STOPS: Final = _TERMINAL | {QUOTE}
_AFTER_END: Final = "\"'\u201d\u2019\u00bb\u201c )]\u300d\u300f"
_MOST_TOKENS: Final = 1500  # of one paragraph; a longer one is no prose


class Line:
    """Tokens of one stretch of text: `low` the words in lower case, `capital` whether each begins with a capital.

    `quote` maps the index of a token that is a quotation to that quotation's number.
    """

    __slots__ = ("_begin", "_holes", "_marks", "_offsets", "_start", "_text", "_words", "capital", "low", "quote")

    def __init__(self, text: str, start: int, end: int, holes: Sequence[tuple[int, int, int]] = ()) -> None:
        """Cut text[start:end] to tokens; `holes` are quotations (begin, behind, number) in order, one token each."""
        self._start, self._holes = start, holes
        self._begin = 0
        self._offsets: list[tuple[int, int]] = []
        parts: list[str] = []
        at = start
        for begun, behind, _ in holes:
            parts += (text[at:begun], " " + QUOTE + " ")
            at = behind
        parts.append(text[at:end])
        self._text = "".join(parts)
        if self._text.count(QUOTE) != len(holes):  # the sign stands in the text itself
            parts[::2] = [part.replace(QUOTE, " ") for part in parts[::2]]
            self._text = "".join(parts)
        self._words = words = _TOKEN.findall(self._text)[:_MOST_TOKENS]
        self.low: list[str] = "\n".join(words).lower().split("\n") if words else []  # no token has a line's end
        self.capital: list[bool] = [word[0].isupper() for word in words]
        self._marks = [at for at, word in enumerate(words) if word == QUOTE] if holes else []
        self.quote: dict[int, int] = {at: hole[2] for at, hole in zip(self._marks, holes, strict=False)}

    def __len__(self) -> int:
        return len(self.low)

    def part(self, begin: int, behind: int) -> Line:
        """Give a stretch of the line as one of its own."""
        one = object.__new__(Line)
        one.low, one.capital = self.low[begin:behind], self.capital[begin:behind]
        one.quote = {at - begin: number for at, number in self.quote.items() if begin <= at < behind}
        one._text, one._start, one._holes = self._text, self._start, self._holes
        one._words, one._marks, one._offsets = self._words, self._marks, self._offsets  # one list for all parts
        one._begin = self._begin + begin
        return one

    def sentences(self, text: str) -> list[Line]:
        """Split to sentences; a quotation that ends like one ends its own."""
        cuts = [0]
        lows, last = self.low, len(self.low) - 1
        first = self._holes[0][2] if self._holes else 0
        for at in [at for at, low in enumerate(lows) if low in _STOPS]:
            if at == last:
                break
            if at in self.quote:
                start, end, _ = self._holes[self.quote[at] - first]
                sign = text[start:end].rstrip(_AFTER_END)[-1:]
                follows = at + 1 in self.quote
                if (sign == "." and (self.capital[at + 1] or follows)) or (follows and sign in _TERMINAL):
                    cuts.append(at + 1)
            elif self.capital[at + 1] or at + 1 in self.quote:
                before = lows[at - 1] if at else ""
                if lows[at] != "." or not (before in TITLE_DOTS or (len(before) == 1 and self.capital[at - 1])):
                    cuts.append(at + 1)
        if len(cuts) == 1:
            return [self]
        cuts.append(len(self.low))
        return [self.part(one, two) for one, two in pairwise(cuts)]

    def span(self, begin: int, behind: int) -> tuple[int, int]:
        """Give where the tokens from `begin` to `behind` stand in the text: (start, end)."""
        return self._place(begin + self._begin)[0], self._place(behind - 1 + self._begin)[1]

    def _place(self, at: int) -> tuple[int, int]:
        """Give where the token `at` of the whole line stands."""
        begin, end = self._raw(at)
        shift = self._start
        if self._holes:
            before = bisect_left(self._marks, at)
            if before < len(self._marks) and self._marks[before] == at:
                return self._holes[before][:2]
            if before:
                shift = self._holes[before - 1][1] - self._raw(self._marks[before - 1])[1] - 1
        return begin + shift, end + shift

    def _raw(self, at: int) -> tuple[int, int]:
        """Give where a token stands among the words with signs for quotations; reads on as far as that."""
        end = self._offsets[-1][1] if self._offsets else 0
        for word in self._words[len(self._offsets) : at + 1]:
            begin = self._text.index(word, end)  # between two tokens nothing stands that could be one
            end = begin + len(word)
            self._offsets.append((begin, end))
        return self._offsets[at]


def is_word(low: str) -> bool:
    """Tell a word from a mark."""
    return low[0].isalnum()


def any_word(lows: Iterable[str]) -> bool:
    """Tell whether a word is among tokens."""
    return any(low[0].isalnum() for low in lows)
