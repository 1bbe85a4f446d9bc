"""HTML pages in any charset: decoded, read by the publisher's profile where there is one, fields and main text out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from typing import Any, Final

import msgspec

from worker.errors import PayloadError
from worker.extract.draft import finish
from worker.extract.main_content import Mode
from worker.extract.page import read_page
from worker.extract.profile import read_profile
from worker.extract.profile_apply import Applied, MisfitError, apply_profile
from worker.extract.profile_match import Profiles, stated_address
from worker.model import Article, Issue, Payload
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


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the format `html`.

    `mode`: `fast` looks for the main text only in the element that holds the paragraphs, with one small model
    (docs/extraction.md has what it saves and costs). `profiles`: publisher profiles by name, as parsed tables
    (docs/profiles.md). The settings name a directory instead, `publishers`, which is read where the parts are put
    together.
    """

    mode: Mode = "default"
    profiles: dict[str, dict[str, Any]] = {}


class Html:
    """Pages and fragments."""

    name = "html"
    version = "4"

    def __init__(self, options: Options | None = None) -> None:
        options = options or Options()
        self.mode: Mode = options.mode
        self.profiles = Profiles(read_profile(name, table) for name, table in options.profiles.items())

    def score(self, sniff: Sniff) -> float:
        """A doctype or an html element is certain; a few known tags are likely."""
        if _OPENING.match(sniff.head):
            return 0.95
        if sniff.head[:1] in {b"{", b"["}:
            return 0.0  # JSON that carries markup in its strings
        declared = sniff.media_type in {"text/html", "application/xhtml+xml"}
        tags = len(_TAG.findall(sniff.head))
        if tags == 0:  # a page may open with more style than detection looks at
            return 0.3 if declared and sniff.head[:1] == b"<" and sniff.head[1:2].isalpha() else 0.0
        score = 0.6 if tags >= _ENOUGH_TAGS and sniff.head[:1] == b"<" else 0.35 if tags >= _ENOUGH_TAGS else 0.2
        return score + (0.2 if declared else 0.0) + (0.05 if sniff.suffix in {".html", ".htm", ".xhtml"} else 0.0)

    def parse(self, payload: Payload) -> Iterator[Article | PayloadError]:
        """Yield the page's one article; see `worker.ports.Format`."""
        decoded = decode(payload.body, payload.media_type)
        applied, issues = self._by_profile(decoded.text, payload)
        if applied is None:
            draft = read_page(decoded.text, payload.url, mode=self.mode)
        else:
            draft = read_page(applied.text, payload.url, applied.blocks)
            applied.put_into(draft)
        draft.issues[:0] = (*decoded.issues, *issues)
        yield finish(draft, payload)

    def _by_profile(self, text: str, payload: Payload) -> tuple[Applied | None, tuple[Issue, ...]]:
        """Read the page by its publisher's profile; an issue where there is one that the page does not fit."""
        if not self.profiles:
            return None, ()
        url = payload.url or stated_address(text)
        profile = self.profiles.match(url, payload.received_at.astimezone(UTC).date())
        if profile is None:
            return None, ()
        try:
            return apply_profile(profile, text, url), ()
        except MisfitError as exc:
            return None, (Issue("profile_misfit", exc.field, f"{profile.name}: {exc.detail}"[:400]),)


component: type[Format] = Html
