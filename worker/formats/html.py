"""HTML pages in any charset: decoded, parsed once, fields and main text taken out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from worker.errors import PayloadError
from worker.extract.draft import finish
from worker.extract.page import read_page
from worker.model import Article, Payload
from worker.ports import Format, Sniff
from worker.text.charset import decode

# A comment must not run over its own end: else several in a row are tried in every grouping there is.
_OPENING: Final = re.compile(
    rb"^(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_TAG: Final = re.compile(
    rb"<(?:p|div|span|article|section|h[1-6]|meta|title|a|ul|table|br|script|link|main|header|nav)\b[^>]*>",
    re.IGNORECASE,
)
_ENOUGH_TAGS: Final = 3


class Html:
    """Pages and fragments."""

    name = "html"
    version = "1"

    def score(self, sniff: Sniff) -> float:
        """A doctype or an html element is certain; a few known tags are likely."""
        if _OPENING.match(sniff.head):
            return 0.95
        if sniff.head[:1] in {b"{", b"["}:
            return 0.0  # JSON that carries markup in its strings
        declared = sniff.media_type in {"text/html", "application/xhtml+xml"}
        tags = len(_TAG.findall(sniff.head))
        if tags == 0:
            return 0.0
        score = 0.6 if tags >= _ENOUGH_TAGS and sniff.head[:1] == b"<" else 0.35 if tags >= _ENOUGH_TAGS else 0.2
        return score + (0.2 if declared else 0.0) + (0.05 if sniff.suffix in {".html", ".htm", ".xhtml"} else 0.0)

    def parse(self, payload: Payload) -> Iterator[Article | PayloadError]:
        """Yield the page's one article; see `worker.ports.Format`."""
        decoded = decode(payload.body, payload.media_type)
        draft = read_page(decoded.text, payload.url)
        draft.issues[:0] = decoded.issues
        yield finish(draft, payload)


component: type[Format] = Html
