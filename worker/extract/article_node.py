"""Fields of a schema.org article node, the same for a page's JSON-LD and for a JSON payload."""

from __future__ import annotations

from worker.extract import jsonld
from worker.extract.bylines import read_bylines
from worker.extract.draft import Draft
from worker.extract.jsonld import Node
from worker.model import Image, Publisher
from worker.text.dates import read_date
from worker.text.urls import absolute, registered_domain


def put_article_node(draft: Draft, node: Node, origin: str, base: str | None) -> None:
    """Put what an article node says, all but the body and the headline, which are weighed elsewhere."""
    draft.put(
        "subtitle",
        jsonld.text_of(node.get("alternativeHeadline") or node.get("description")),
        origin,
        "description",
        0.6,
    )
    for name, key in (("published_at", "datePublished"), ("modified_at", "dateModified")):
        text = jsonld.text_of(node.get(key))
        if text and (stamp := read_date(text)) is not None:
            draft.put(name, stamp.value, origin, key, 0.9)
    persons, organisations = jsonld.persons_of(node.get("author") or node.get("creator"))
    draft.put("authors", tuple(clean_persons(persons)), origin, "author", 0.85)
    publisher = node.get("publisher")
    publisher_name = jsonld.text_of(publisher) or next(iter(organisations), None)
    if publisher_name:
        site = publisher.get("url") if isinstance(publisher, dict) else None
        domain = registered_domain(site if isinstance(site, str) else None)
        draft.put("publisher", Publisher(publisher_name, domain, "publisher"), origin, "publisher", 0.9)
    draft.put("section", jsonld.text_of(node.get("articleSection")), origin, "articleSection", 0.85)
    draft.put("tags", tuple(jsonld.list_of(node.get("keywords"))), origin, "keywords", 0.85)
    draft.put("language_declared", jsonld.text_of(node.get("inLanguage")), origin, "inLanguage", 0.8)
    url = jsonld.text_of(node.get("url")) or jsonld.text_of(node.get("mainEntityOfPage"))
    if url and (whole := absolute(url, base)):
        draft.put("canonical_url", whole, origin, "url", 0.7)
    for image, caption in jsonld.images_of(node.get("image")):
        if whole := absolute(image, base):
            draft.images.append(Image(whole, caption))
    if (free := node.get("isAccessibleForFree")) is not None:
        draft.access = "free" if str(free).lower() == "true" else "paywalled"
    kinds = jsonld.types(node)
    if "LiveBlogPosting" in kinds:
        draft.article_type = "live"
    elif "OpinionNewsArticle" in kinds:
        draft.article_type = "opinion"
    elif kinds & jsonld.ARTICLE_TYPES:
        draft.article_type = "news"


def clean_persons(names: list[str]) -> list[str]:
    """Keep what reads like a person's name: no addresses, no desks, `By` cut off, lists split."""
    return list(read_bylines(names).persons)
