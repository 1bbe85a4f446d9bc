"""Language: headline and body judged together, then each paragraph, so that a body in two languages is told."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

import eldc

from worker.model import Enriched, Issue, LanguagePart, Paragraph, Provenance
from worker.model import Language as LanguageModel
from worker.ports import Annotation, Enricher

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_SAMPLE: Final = 3000  # characters: more does not change the answer, and eldc is linear
_FEW_LETTERS: Final = 6  # Latin ones; of first two words of 4,000 sentences that eldc calls reliable, .98 are right
_LETTER: Final = re.compile(r"[^\W\d_]")
_DENSE: Final = re.compile(
    "[\u0590-\u05ff\u0900-\u0fff\u1000-\u109f\u10a0-\u10ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_DENSE_WEIGHT: Final = 4  # a letter of these scripts says about as much as four Latin ones, the script itself included
_UNSURE: Final = 0.5

_STRANGE: Final = 0.35
"""eldc's score below which it knows no such language: the right one of 4,000 sentences had .4 and more, Zulu .1."""
_HEAD: Final = 300  # characters in which letters are counted

_SCREENED: Final = 10  # paragraphs that are looked at first; only where one is foreign the others are, too
_PARAGRAPHS_MOST: Final = 200
_PARAGRAPH_SAMPLE: Final = 240
_PARAGRAPH_LETTERS: Final = 60
_PART_LETTERS: Final = 150  # a language with fewer letters, or with a smaller share of the body, is a quotation
_PART_SHARE: Final = 0.1
_MARGIN: Final = 0.15  # of eldc's scores: how much more a paragraph must be its own language than the article's

_ALIASES: Final = {
    "nb": "no",
    "nn": "no",
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "ua": "uk",
    "jp": "ja",
    "cn": "zh",
    "fil": "tl",
}
# Indonesian is not among eldc's languages: its texts come out as Malay. Words that only one of the two writes so.
_INDONESIAN: Final = frozenset(
    "bahwa karena bisa uang kantor polisi mobil anda bagaimana berbeda perusahaan sepeda beberapa "
    "universitas kualitas aktivitas kemarin selasa jumat rabu ahad agustus maret februari desember "
    "januari juli juni mei rp pemerintah pekan perempuan kabupaten kecamatan gubernur bupati warga sebesar "
    "sehingga merupakan serta kepada memiliki tersebut situs nomor april oktober miliar triliun wib".split()
)
_MALAY: Final = frozenset(
    "bahawa kerana wang pejabat polis berbeza syarikat basikal universiti kualiti "
    "aktiviti jumaat khamis ogos mac februari disember jun julai rm "
    "iaitu manakala ringgit tentera isnin sabtu mesyuarat "
    "sekiranya pelbagai setiausaha persekutuan hadapan".split()
)
_WORD: Final = re.compile(r"[a-z]{2,20}+")


class Language:
    """Sixty languages of eldc, and Indonesian told from Malay by its words; what the page declares breaks a tie."""

    name = "language"
    version = "2"

    def __init__(self) -> None:
        eldc.init()

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        article = enriched.article
        text = _SURROGATES.sub(" ", f"{article.headline or ''}\n{article.body[:_SAMPLE]}")
        declared = _declared(article.language_declared)
        if _weight(text[:_HEAD]) < _FEW_LETTERS:
            return _answer(declared, 0.3, "declared", reliable=False)
        found = eldc.detect_details(text)
        scores = found.scores or {}
        code, method, reliable = found.language, "eldc", found.reliable
        confidence = scores.get(code, 0.0)
        if confidence < _STRANGE:  # none of those that eldc knows; what it knows and is declared is not true, either
            return _answer("" if declared in eldc.LANGUAGES else declared, 0.3, "declared", reliable=False)
        if not reliable and declared in scores:
            code, confidence, method, reliable = declared, 0.5, "eldc, declared", True
        if code == "ms" and _is_indonesian(text, declared):
            code, method = "id", f"{method}, words"
        languages = _parts(enriched, code) if code else ()
        return _answer(code, confidence, method, reliable=reliable, languages=languages)


def _answer(
    code: str | None, confidence: float, method: str, *, reliable: bool, languages: tuple[LanguagePart, ...] = ()
) -> Annotation:
    issues = () if reliable else (Issue("language_uncertain", "language", code or None),)
    if not code:
        return Annotation(languages=(), issues=issues)
    certainty = round(min(confidence, 1.0) if reliable else min(confidence, _UNSURE), 3)
    return Annotation(
        language=LanguageModel(code, certainty),
        languages=languages,
        issues=issues,
        provenance={"language": Provenance("headline and body", method, certainty)},
    )


def _declared(tag: str | None) -> str:
    code = (tag or "").split("-")[0].split("_")[0].strip().lower()
    return _ALIASES.get(code, code)


def _weight(text: str) -> int:
    return len(_LETTER.findall(text)) + (_DENSE_WEIGHT - 1) * len(_DENSE.findall(text))


def _is_indonesian(text: str, declared: str) -> bool:
    """Tell Indonesian from Malay; without evidence it is Indonesian, which ten times as many people write."""
    words = Counter(_WORD.findall(text.lower()))
    one, other = (sum(words[word] for word in known) for known in (_INDONESIAN, _MALAY))
    return one > other or (one == other and declared != "ms")


def _parts(enriched: Enriched, main: str) -> tuple[LanguagePart, ...]:
    """Give the languages of a mixed body, the largest first; empty where it is all in one."""
    article = enriched.article
    paragraphs = article.paragraphs[:_PARAGRAPHS_MOST]
    step = max(1, -(-len(paragraphs) // _SCREENED))
    if all(_language_of(article.body, paragraph, main) in {main, None} for paragraph in paragraphs[::step]):
        return ()
    letters: Counter[str] = Counter()
    spans: dict[str, list[tuple[int, int]]] = {}
    for paragraph in paragraphs:
        if (code := _language_of(article.body, paragraph, main)) is not None:
            letters[code] += paragraph.end - paragraph.start
            spans.setdefault(code, []).append((paragraph.start, paragraph.end))
    total = sum(letters.values())
    kept = [code for code, count in letters.most_common() if count >= max(_PART_LETTERS, _PART_SHARE * total)]
    if len(kept) < 2:  # noqa: PLR2004  # two languages make a mixture
        return ()
    return tuple(LanguagePart(code, round(letters[code] / total, 3), tuple(spans[code])) for code in kept)


def _language_of(body: str, paragraph: Paragraph, main: str) -> str | None:
    """Give a paragraph's language: `main` where it is not plainly another, None where it is too short to tell."""
    text = body[paragraph.start : min(paragraph.end, paragraph.start + _PARAGRAPH_SAMPLE)]
    if len(text) < _PARAGRAPH_SAMPLE and _weight(text) < _PARAGRAPH_LETTERS:
        return None
    found = eldc.detect_details(_SURROGATES.sub(" ", text))
    scores = found.scores or {}
    code = "id" if found.language == "ms" and main == "id" else found.language
    other = found.reliable and scores.get(found.language, 0.0) - scores.get(main, 0.0) >= _MARGIN
    return code if other and code else main


component: type[Enricher] = Language
