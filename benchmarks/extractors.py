"""The extractors that `benchmarks/extraction.py` compares, a function each, and the process that runs one of them.

A row is a function with `@row(NAME)` that imports its library and gives the function from a page's HTML and
address to the article's text. Nothing else has to be changed to add one. None of them may use the network.
"""

from __future__ import annotations

import logging
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from worker.extract.main_content import MainContent, Mode

Extract = Callable[[str, str | None], str]
ROWS: Final[dict[str, Callable[[], Extract]]] = {}
"""Name of a row -> what imports its library and gives its function."""
OURS: Final = "copydesk"
"""How the names of our own rows begin: the points of the curve of quality against time."""
UNSEEN: Final = "sites not seen"
"""What is in the names of our rows whose models were not trained on the page's site."""
FOLDS: Final = Path(__file__).parent / "folds"
"""Where such models are looked for; `training/train.py --folds 5 --keep` writes them."""
UNSURE: Final = 0.8  # expected F1 below which the cascade asks trafilatura
_WARM_UP: Final = "<html><head><title>Ferry late</title></head><body><article><h1>Late</h1>{}</article></body></html>"
_SENTENCE: Final = "<p>The harbour council met on Monday, spoke of the winter ferries and put off the budget again.</p>"
_BLOCKS: Final = "p div li h1 h2 h3 h4 h5 h6 blockquote pre tr td th figure figcaption section article br".split()


@dataclass(frozen=True, slots=True)
class Start:
    """A process that is ready: CPU milliseconds of import and first page, MB resident at most until then."""

    cpu_ms: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Missing:
    """A process whose library is not installed."""

    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One page's text (empty where the extractor raised: `failed` says what), CPU milliseconds, MB at most so far."""

    text: str
    failed: str | None
    cpu_ms: float
    megabytes: float


def row(name: str) -> Callable[[Callable[[], Extract]], Callable[[], Extract]]:
    """Enter a function as a row."""

    def enter(make: Callable[[], Extract]) -> Callable[[], Extract]:
        ROWS[name] = make
        return make

    return enter


@row("copydesk body")
def _copydesk_body() -> Extract:
    return _body("default")


@row("copydesk fast body")
def _copydesk_fast_body() -> Extract:
    return _body("fast")


def _body(mode: Mode) -> Extract:
    from worker.extract.main_content import main_content

    def extract(html: str, _url: str | None) -> str:
        return "\n\n".join(block.text for block in main_content(html, mode).blocks)

    return extract


@row(f"copydesk body, {UNSEEN}")
def _copydesk_unseen() -> Extract:
    return _unseen("default")


@row(f"copydesk fast body, {UNSEEN}")
def _copydesk_fast_unseen() -> Extract:
    return _unseen("fast")


def _unseen(mode: Mode) -> Extract:
    found = _by_fold(mode)

    def extract(html: str, url: str | None) -> str:
        return "\n\n".join(block.text for block in found(html, url).blocks)

    return extract


@row(f"copydesk cascade, {UNSEEN}")
def _copydesk_cascade() -> Extract:
    import trafilatura

    found = _by_fold("default")

    def extract(html: str, url: str | None) -> str:
        own = found(html, url)
        if own.expected_f1 < UNSURE:
            other = trafilatura.extract(html, url=url, include_comments=False, favor_precision=True)
            if other:
                return str(other)
        return "\n\n".join(block.text for block in own.blocks)

    return extract


def _by_fold(mode: Mode) -> Callable[[str, str | None], MainContent]:
    """Give the extractor that judges each page by models that were not trained on pages of its site."""
    from benchmarks.quality.pages import fold_of
    from worker.extract.main_content import main_content, read_models
    from worker.text.urls import registered_domain

    paths = sorted(FOLDS.glob("*-*.npz"))
    if not paths or len(paths) != int(paths[0].stem.split("-")[1]):
        msg = "benchmarks/folds has not the models of all folds: training/train.py --folds 5 --keep benchmarks/folds"
        raise ImportError(msg)
    models = [read_models(path.read_bytes()) for path in paths]

    def extract(html: str, url: str | None) -> MainContent:
        return main_content(html, mode, models[fold_of(registered_domain(url) or "", len(models))])

    return extract


@row("copydesk whole page")
def _copydesk_page() -> Extract:
    return _whole("default")


@row("copydesk fast whole page")
def _copydesk_fast_page() -> Extract:
    return _whole("fast")


def _whole(mode: Mode) -> Extract:
    from datetime import UTC, datetime

    from worker.model import Article, Payload
    from worker.settings import Settings
    from worker.wiring import pipeline

    spine = pipeline(Settings(formats={"html": {"mode": mode}}))
    arrival = datetime(2026, 12, 1, tzinfo=UTC)

    def extract(html: str, url: str | None) -> str:
        raw = html.encode("utf-8", "replace")
        payload = Payload(raw, "page", arrival, media_type="text/html; charset=utf-8", url=url)
        return next(item.body for item in spine.parse(payload) if isinstance(item, Article))

    return extract


@row("trafilatura precision")
def _trafilatura_precision() -> Extract:
    import trafilatura

    def extract(html: str, url: str | None) -> str:
        return trafilatura.extract(html, url=url, include_comments=False, favor_precision=True) or ""

    return extract


@row("trafilatura fast")
def _trafilatura_fast() -> Extract:
    import trafilatura

    def extract(html: str, url: str | None) -> str:
        return trafilatura.extract(html, url=url, include_comments=False, fast=True) or ""

    return extract


@row("readability-lxml")
def _readability() -> Extract:
    import readability
    from lxml.html import HtmlElement, fromstring

    def extract(html: str, url: str | None) -> str:
        tree: HtmlElement = fromstring(readability.Document(html, url=url).summary(html_partial=True))
        for element in tree.iter(*_BLOCKS):  # else the last word of a block and the first of the next are one
            element.tail = "\n" + (element.tail or "")
        return str(tree.text_content())

    return extract


@row("newspaper4k")
def _newspaper() -> Extract:
    import newspaper

    def extract(html: str, url: str | None) -> str:
        article = newspaper.Article(url or "https://example.com/", fetch_images=False)
        article.download(input_html=html)
        article.parse()
        return str(article.text or "")

    return extract


@row("resiliparse")
def _resiliparse() -> Extract:
    from resiliparse.extract.html2text import extract_plain_text

    def extract(html: str, _url: str | None) -> str:
        return str(extract_plain_text(html, main_content=True, alt_texts=False, comments=False))

    return extract


@row("goose3")
def _goose() -> Extract:
    import goose3

    goose = goose3.Goose({"enable_image_fetching": False})

    def extract(html: str, _url: str | None) -> str:
        return str(goose.extract(raw_html=html).cleaned_text or "")

    return extract


def peak_megabytes() -> float:
    """Give the most memory this process has held, in MB.

    Linux carries `ru_maxrss` over an exec, so a child would start with its parent's; VmHWM is its own.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    kept = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kept / (1024 * 1024) if sys.platform == "darwin" else kept / 1024


def answer(extract: Extract, html: str, url: str | None) -> Answer:
    """Run the extractor on one page."""
    failed, text = None, ""
    began = time.process_time()
    try:
        text = extract(html, url)
    except Exception as exc:  # noqa: BLE001  # whatever a library raises is a page without text
        failed = str(getattr(exc, "code", type(exc).__name__))
    return Answer(text, failed, (time.process_time() - began) * 1000, peak_megabytes())


def serve(name: str, line: Connection) -> None:
    """Answer pages until the line is closed."""
    logging.disable(logging.CRITICAL)
    began = time.process_time()
    try:
        extract = ROWS[name]()
    except ImportError as exc:
        line.send(Missing(str(exc)))
        return
    answer(extract, _WARM_UP.format(_SENTENCE * 8), "https://example.com/ferry")
    line.send(Start((time.process_time() - began) * 1000, peak_megabytes()))
    with suppress(EOFError):
        while True:
            html, url = line.recv()
            line.send(answer(extract, html, url))
