"""URLs: absolute and clean, without tracking; registered domains from the bundled suffix list, never the network."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit

import courlan
import tldextract

_EXTRACT: Final = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
_LONGEST: Final = 4096


def absolute(url: str | None, base: str | None = None) -> str | None:
    """Give an absolute http(s) URL, resolved against `base`; None for anything else."""
    if not url or len(url) > _LONGEST:
        return None
    try:
        joined = urljoin(base or "", url.strip())
        split = urlsplit(joined)
        _ = split.port  # a port that is no number raises here
    except ValueError:
        return None
    return joined if split.scheme in {"http", "https"} and split.hostname else None


@lru_cache(maxsize=4096)
def canonicalise(url: str | None) -> str | None:
    """Drop fragment, tracking parameters and default ports, sort the query; None where it is no http(s) URL."""
    if absolute(url) is None:
        return None
    try:
        return courlan.clean_url(urldefrag(str(url)).url) or None
    except (ValueError, TypeError, UnicodeError):
        return None


@lru_cache(maxsize=4096)
def registered_domain(url: str | None) -> str | None:
    """Give the registered domain, `example.co.uk`; the bare host where there is none (an address, `localhost`)."""
    if absolute(url) is None:
        return None
    try:
        return _EXTRACT(str(url)).top_domain_under_public_suffix or urlsplit(str(url)).hostname
    except (ValueError, UnicodeError):
        return None


_VARIANT_HOSTS: Final = ("www.", "m.", "mobile.", "amp.", "touch.")
_VARIANT_PARAMETERS: Final = frozenset({"amp", "outputtype", "output", "_amp", "amphtml"})


@lru_cache(maxsize=4096)
def address_key(url: str | None) -> str | None:
    """Spell an address alike for all variants of a page: scheme, `www.`, mobile host, AMP form, tracking, end slash.

    None where it is no http(s) URL, or names a front page and so no article.
    """
    clean = canonicalise(url)
    if clean is None:
        return None
    split = urlsplit(clean)
    host, path = (split.hostname or ""), split.path
    shortened = True
    while shortened:
        shortened = False
        for prefix in _VARIANT_HOSTS:
            if host.startswith(prefix) and host.count(".") > 1:
                host, shortened = host.removeprefix(prefix), True
    path = path.rstrip("/")
    for form in ("/amp", ".amp", "/amp.html"):
        path = path.removesuffix(form)
    if path.startswith("/amp/"):
        path = path.removeprefix("/amp")
    path = path.replace(".amp.html", ".html").rstrip("/")
    query = "&".join(
        pair for pair in split.query.split("&") if pair and pair.split("=", 1)[0].casefold() not in _VARIANT_PARAMETERS
    )
    if not path and not query:
        return None
    return f"{host}{path}?{query}" if query else f"{host}{path}"
