"""Pages that show next to nothing: text that waits in a template, and text that a notice for old browsers swallows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from worker.extract.features import Witness
from worker.extract.main_content import MainContent, Mode, find_main, parse
from worker.text.whitespace import count_words

_HOLDER: Final = re.compile(
    r"<(?:(?P<tag>template|noscript)\b[^>]{0,400}|(?P<script>script)\b[^>]{0,400}\btype\s*=\s*[\"']?text/"
    r"(?:x-)?(?:\w{1,20}-)?(?:template|html)\b[^>]{0,400})>",
    re.IGNORECASE,
)
_NOTICE: Final = re.compile(r"<noscript\b[^>]{0,400}>.*?</noscript\s*>", re.IGNORECASE | re.DOTALL)
_MOST_HOLDERS: Final = 200  # more are an attack: each looks for its end


def read_unrendered(text: str, witness: Witness, mode: Mode, least_words: int) -> MainContent | None:
    """Find a main text of `least_words` and more in what the parser left out; None where there is none."""
    if len(holders := [*_HOLDER.finditer(text)]) > _MOST_HOLDERS:
        return None
    for markup in _readings(text, holders):
        found = find_main(parse(markup), witness, mode)
        if sum(count_words(block.text) for block in found.blocks) >= least_words:
            return found
    return None


def _readings(text: str, holders: list[re.Match[str]]) -> Iterator[str]:
    """Yield the page without its notices, which hold it all where an element in one is not closed; then a template."""
    if any((holder["tag"] or "").lower() == "noscript" for holder in holders):
        yield _NOTICE.sub("", text)
    inner = (text[holder.end() : _end(text, holder)] for holder in holders)
    if longest := max(inner, key=len, default=""):
        yield f"<body>{longest}</body>"


def _end(text: str, holder: re.Match[str]) -> int:
    return max(holder.end(), text.find(f"</{holder['tag'] or holder['script']}", holder.end()))
