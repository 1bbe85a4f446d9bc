"""Pictures of an article: JSON-LD, OpenGraph and microdata, then the figures that stand in it, with their captions."""

from __future__ import annotations

from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser

from worker.extract import jsonld
from worker.extract.declared import Declared
from worker.extract.draft import Draft
from worker.model import Image
from worker.text.urls import absolute
from worker.text.whitespace import squeeze

_MOST: Final = 20
_LONGEST_CAPTION: Final = 1_000
_FIGURES: Final = "article figure, main figure, [itemprop=articleBody] figure"
_IN_TEXT: Final = "h1 ~ p > img, h1 ~ * p > img"  # the last resort: pages of old have no figures
_MOST_IN_TEXT: Final = 5
_SOURCES: Final = ("src", "data-src", "data-original", "data-lazy-src")


def put_images(
    draft: Draft, said: Declared, node: jsonld.Node | None, tree: LexborHTMLParser, base: str | None
) -> None:
    """Put up to 20 pictures, once each; a caption that a later witness has is joined to the first."""
    found: dict[str, str | None] = {}

    def add(address: str | None, caption: str | None) -> None:
        whole = absolute(address, base)
        if whole and (whole in found or len(found) < _MOST):
            found[whole] = found.get(whole) or caption

    if node is not None:
        for address, caption in jsonld.images_of(jsonld.resolved(node.get("image"), said.nodes)):
            add(address, caption)
    alternatives = said.meta.get("og:image:alt", [])
    for at, address in enumerate(said.meta.get("og:image", [])[:5]):
        add(address, alternatives[at] if at < len(alternatives) else None)
    for address in said.marked("image"):
        add(address, None)
    for figure in tree.css(_FIGURES)[:_MOST]:
        add(_source(figure.css_first("img")), _caption(figure.css_first("figcaption")))
    if not found:
        for picture in tree.css(_IN_TEXT)[:_MOST_IN_TEXT]:
            add(_source(picture), None)
    draft.images += [Image(address, caption) for address, caption in found.items()]


def _source(picture: Any) -> str | None:
    if picture is None:
        return None
    attributes = picture.attributes
    found = (attributes.get(name) for name in _SOURCES)
    return next((value for value in found if value and not value.startswith("data:")), None)


def _caption(element: Any) -> str | None:
    return squeeze(element.text(separator=" ")[:_LONGEST_CAPTION]) or None if element is not None else None
