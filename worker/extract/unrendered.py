"""Text that a page keeps in a template until a script puts it in its place: where that is all there is, it is read."""

from __future__ import annotations

import re
from typing import Final

from worker.extract.features import Witness
from worker.extract.main_content import MainContent, Mode, find_main, parse

_HOLDER: Final = re.compile(
    r"<(?:(?P<tag>template|noscript)\b[^>]{0,400}|(?P<script>script)\b[^>]{0,400}\btype\s*=\s*[\"']?text/"
    r"(?:x-)?(?:\w{1,20}-)?(?:template|html)\b[^>]{0,400})>",
    re.IGNORECASE,
)
_MOST_HOLDERS: Final = 200


def read_unrendered(text: str, witness: Witness, mode: Mode) -> MainContent | None:
    """Find the main text in the longest template of a page; None where it has none."""
    found = ""
    for at, holder in enumerate(_HOLDER.finditer(text)):
        if at >= _MOST_HOLDERS:
            break
        end = text.find(f"</{(holder['tag'] or holder['script'])}", holder.end())
        inner = text[holder.end() : end] if end >= 0 else ""
        if len(inner) > len(found):
            found = inner
    return find_main(parse(f"<body>{found}</body>"), witness, mode) if found else None
