"""The headline of a page: weighed between JSON-LD, OpenGraph, the h1 and the title element."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Final

from lxml.html import HtmlElement

from worker.extract import jsonld
from worker.extract.draft import Draft
from worker.model import HeadlineVariant, Issue, Publisher, VariantKind
from worker.text.whitespace import squeeze

_PARTS: Final = re.compile(r"\s+[|•·»–—-]\s+|\s*\|\s*|\s+::\s+")
_SAME: Final = 0.6  # similarity above which two headlines are wordings of one
_LEAST_WORDS: Final = 2


def put_headline(draft: Draft, node: jsonld.Node | None, meta: Mapping[str, list[str]], tree: HtmlElement) -> None:
    """Choose the headline; other wordings stay as variants, a real disagreement is an issue."""
    site = draft.values.get("publisher")
    name = site.name if isinstance(site, Publisher) else None
    witnesses: list[tuple[str, str, VariantKind, float]] = []

    def add(text: str | None, origin: str, kind: VariantKind, confidence: float) -> None:
        clean = _without_site(squeeze(text or ""), name)
        if clean:
            witnesses.append((clean, origin, kind, confidence))

    heads = [squeeze(element.text_content()) for element in tree.iter("h1")]
    heads = [text for text in heads if len(text.split()) >= _LEAST_WORDS and text != name]
    if node is not None:
        add(jsonld.text_of(node.get("headline")) or jsonld.text_of(node.get("name")), "json-ld", "seo", 0.9)
    add(meta.get("og:title", [""])[0], "meta:og:title", "social", 0.8)
    add(heads[0] if len(heads) == 1 else None, "html:h1", "alternative", 0.85)
    add(meta.get("twitter:title", [""])[0], "meta:twitter:title", "social", 0.6)
    titles = tree.xpath("//head/title/text()") or tree.xpath("//title/text()")
    add(titles[0] if titles else None, "html:title", "seo", 0.5)
    if len(heads) > 1:
        add(heads[0], "html:h1", "alternative", 0.5)
    if not witnesses:
        return
    # What a reader sees is the headline, where another witness says nearly the same.
    chosen = witnesses[0]
    visible = next((item for item in witnesses if item[1] == "html:h1"), None)
    others = [item for item in witnesses if item is not visible]
    if visible and any(_similar(visible[0], item[0]) >= _SAME for item in others):
        chosen = visible
    longer = next((item for item in witnesses if _is_cut(chosen[0], item[0])), None)
    if longer is not None:
        draft.variants.append(HeadlineVariant(chosen[0], "truncated"))
        draft.issues.append(Issue("title_repaired", "headline", f"{chosen[1]} is cut; {longer[1]} is whole"))
        chosen = longer
    draft.put("headline", chosen[0], chosen[1], "headline", chosen[3])
    seen = {chosen[0].casefold(), *(variant.text.casefold() for variant in draft.variants)}
    for text, origin, kind, _ in witnesses:
        if text.casefold() in seen:
            continue
        seen.add(text.casefold())
        cut = _is_cut(text, chosen[0])
        draft.variants.append(HeadlineVariant(text, "truncated" if cut else kind))
        if not cut and origin in {"json-ld", "html:h1"} and _similar(text, chosen[0]) < _SAME / 2:
            draft.issues.append(Issue("field_conflict", "headline", f"{chosen[1]} or {origin}: {text[:100]}"))


def _similar(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio()


def _is_cut(short: str, whole: str) -> bool:
    stem, grown = (re.sub(r"[\s.…]+$", "", text).casefold() for text in (short, whole))
    marked = short.rstrip().endswith(("…", "..."))
    if not grown.startswith(stem) or grown == stem or len(stem) < 15:  # noqa: PLR2004  # too short to tell
        return False
    return marked or (len(stem) >= 60 and grown[len(stem)] == " ")  # noqa: PLR2004  # cut at a word, as CMSs do


def _without_site(text: str, site: str | None) -> str:
    """Cut ` | Site` at the end or the start, when the rest is still a title."""
    parts = _PARTS.split(text)
    if len(parts) < 2:  # noqa: PLR2004
        return text
    folded = (site or "").casefold()
    for part, rest in ((parts[-1], text[: text.rfind(parts[-1])]), (parts[0], text[len(parts[0]) :])):
        clean = part.casefold().strip()
        known = folded and (clean in folded or folded in clean or _similar(clean, folded) > 0.8)  # noqa: PLR2004
        domain_like = bool(re.fullmatch(r"[\w-]+(\.[a-z]{2,6})+", clean))
        trimmed = re.sub(r"^\W+|\s*[|•·»–—:-]+\s*$", "", rest).strip() if (known or domain_like) else ""
        if len(trimmed.split()) >= _LEAST_WORDS:
            return trimmed
    return text
