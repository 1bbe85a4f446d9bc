"""Quotes: what is said in the article, word for word or reported, and by whom; scare quotes and titles are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from worker.model import Enriched
from worker.model import Quote as QuoteModel
from worker.ports import Annotation, Enricher
from worker.prose import attribution, indirect
from worker.prose.attribution import Attribution
from worker.prose.bare import attribute_bare
from worker.prose.cues import BARE, Cues, cues_for
from worker.prose.line import QUOTE, Line
from worker.prose.names import TITLE_DOTS, names_of
from worker.prose.quotation import Span, paragraphs, quotations
from worker.prose.speakers import Speakers

_FEWEST_WORDS: Final = 3  # a quotation of one or two words is mostly a scare quote, a title or a nickname
_FEWEST_CHARACTERS: Final = 6  # the same where words are not parted by spaces
_SPOKEN: Final = frozenset(",!?.")  # a short quotation that ends so is not given, but tells who goes on speaking
_WHOLE_WORDS: Final = 8  # from here on a quotation that is a paragraph of its own is speech even without a speaker
_LONGEST: Final = 20_000  # characters of a paragraph that are read
_MOST_CHARACTERS: Final = 200_000  # of a body
_SMALL: Final = frozenset(
    "a an the of in on at to for and or but with by from is as de la le du des et und der die".split()
)
_LONGEST_TITLE: Final = 9  # words
_WORD: Final = re.compile(r"[^\W\d_][\w'\u2019-]*")
_UNSPACED: Final = frozenset({"zh", "ja", "th", "lo", "my", "km"})


@dataclass(slots=True)
class _Found:
    quote: Span
    by: Attribution | None
    carried: QuoteModel | None = None


@dataclass(slots=True)
class _Reading:
    """One body while it is read: what is known so far."""

    text: str
    cues: Cues
    language: str
    speakers: Speakers
    telling: Sequence[str]
    quotes: list[QuoteModel] = field(default_factory=list)
    last: QuoteModel | None = None
    last_end: int = -1


class Quotes:
    """Direct quotes of three words and more in all styles of marks, and indirect ones; one quote a paragraph."""

    name = "quotes"
    version = "1"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        text = enriched.article.body[:_MOST_CHARACTERS]
        language = enriched.language.code if enriched.language else "en"
        cues = cues_for(language)
        reading = _Reading(text, cues, language, Speakers(names_of(text)), indirect.telling(text, cues))
        previous: Line | None = None
        for start, end in paragraphs(text):
            previous = _paragraph(reading, start, min(end, start + _LONGEST), previous)
        return Annotation(quotes=tuple(sorted(reading.quotes, key=lambda quote: quote.start)))


def _paragraph(reading: _Reading, start: int, end: int, previous: Line | None) -> Line | None:
    """Read one paragraph; gives the last sentence where it ends in a colon, for a quotation in the next one."""
    text = reading.text
    spans = [span for span in quotations(text, start, end) if span.depth == 0]
    kept = [span for span in spans if text[span.end - 1] in _SPOKEN or _long_enough(text, span, reading.language)]
    reading.speakers.quoted += [span.outer for span in kept]
    if reading.language in BARE:
        reading.quotes += _bare_quotes(text, kept, (start, end), reading.language)
        return None
    if not kept and text[end - 1] != ":":
        if reports := list(_reports(reading, start, end)):
            reading.quotes += reports
            reading.last, reading.last_end = reports[-1], end  # may go on word for word in the next paragraph
        return None
    numbered = [(*span.outer, number) for number, span in enumerate(kept)]
    carried: QuoteModel | None = None
    sentences = Line(text, start, end, numbered).sentences(text)
    for sentence in sentences:
        if sentence.quote:
            carried = _sentence(reading, sentence, kept, carried, previous)
        elif (one := indirect.reported(sentence, reading.cues)) is not None:
            carried = _reported(reading, one)
            reading.quotes.append(carried)
        previous = None
    if carried is not None:
        reading.last, reading.last_end = carried, end
    return sentences[-1] if text[end - 1] == ":" else None


def _bare_quotes(text: str, kept: Sequence[Span], paragraph: tuple[int, int], language: str) -> Iterator[QuoteModel]:
    for span in kept:
        if _long_enough(text, span, language):
            by = attribute_bare(text, span, *paragraph, BARE[language])
            if by or _whole(text, span, *paragraph):
                yield _bare_quote(text, span, by)


def _reports(reading: _Reading, start: int, end: int) -> Iterator[QuoteModel]:
    """Give the indirect quotes of a paragraph without direct ones."""
    folded = reading.text[start:end].casefold()
    if not any(word in folded for word in reading.telling):
        return
    for one, two in _pieces(reading.text, start, end):
        if indirect.worth_reading(reading.text[one:two], reading.telling, reading.cues):
            for sentence in Line(reading.text, one, two).sentences(reading.text):
                if (said := indirect.reported(sentence, reading.cues)) is not None:
                    yield _reported(reading, said)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a paragraph at its full stops, quickly: only what has a word of attribution is read as words."""
    begun = at = start
    for piece in text[start:end].split(". "):
        at += len(piece) + 2
        last = piece.rpartition(" ")[2].casefold()
        if len(last) > 1 and last not in TITLE_DOTS and "." not in last:
            yield begun, min(at - 1, end)
            begun = at
    if begun < end:
        yield begun, end


def _sentence(
    reading: _Reading,
    sentence: Line,
    kept: Sequence[Span],
    carried: QuoteModel | None,
    previous: Line | None,
) -> QuoteModel | None:
    """Attribute the quotations of one sentence; gives the last quote, which lends its speaker to what follows it."""
    text, cues = reading.text, reading.cues
    for at, number in sentence.quote.items():
        span = kept[number]
        said = text[span.start : span.end]
        if text[span.start - 2 : span.start - 1] == "=" or _is_title(said):
            continue
        by = _attributed(text, sentence, at, span, cues)
        opens = set(sentence.low[:at]) <= {QUOTE}
        if by is None and opens and previous is not None:
            by = attribution.before(previous, len(previous), cues) or attribution.subject(previous, cues)
        whole = opens and _speech(said)
        if by is not None:
            quote = _quote(reading, span, by)
        elif carried is not None and (opens or at > 0):
            quote = _same(text, span, carried)
        elif whole and reading.last is not None and text[reading.last_end : sentence.span(0, 1)[0]].strip() == "":
            quote = _same(text, span, reading.last)
        elif (by := attribution.subject(sentence, cues)) is not None:
            quote = _quote(reading, span, by)
        elif whole and len(said.split(maxsplit=_WHOLE_WORDS)) >= _WHOLE_WORDS:
            quote = QuoteModel(said, span.start, span.end, "direct")
        else:
            continue
        if _long_enough(text, span, reading.language):
            reading.quotes.append(quote)
        carried = quote
    return carried


def _attributed(text: str, sentence: Line, at: int, span: Span, cues: Cues) -> Attribution | None:
    behind = attribution.after(sentence, at + 1, cues)
    if behind is not None and behind.firm and text[span.end - 1] in ",?!\u2014\u2013-\u2026":
        return behind
    front = attribution.before(sentence, at, cues) if at else None
    return front or behind


def _quote(reading: _Reading, span: Span, by: Attribution) -> QuoteModel:
    speaker = reading.speakers.resolve(by, span.start)
    reading.speakers.spoke(speaker, span.end)
    said = reading.text[span.start : span.end]
    return QuoteModel(said, span.start, span.end, "direct", speaker, by.cue, (by.start, by.end))


def _reported(reading: _Reading, one: indirect.Reported) -> QuoteModel:
    speaker = reading.speakers.resolve(one.by, one.start)
    reading.speakers.spoke(speaker, one.end)
    said = reading.text[one.start : one.end]
    return QuoteModel(said, one.start, one.end, "indirect", speaker, one.by.cue, (one.by.start, one.by.end))


def _same(text: str, span: Span, other: QuoteModel) -> QuoteModel:
    said = text[span.start : span.end]
    return QuoteModel(said, span.start, span.end, "direct", other.speaker, None, other.speaker_at)


def _bare_quote(text: str, span: Span, by: tuple[int, int, str] | None) -> QuoteModel:
    said = text[span.start : span.end]
    if by is None:
        return QuoteModel(said, span.start, span.end, "direct")
    start, end, cue = by
    return QuoteModel(said, span.start, span.end, "direct", text[start:end], cue, (start, end))


def _whole(text: str, span: Span, start: int, end: int) -> bool:
    begin, stop = span.outer
    return not text[start:begin].strip() and not text[stop:end].strip()


def _long_enough(text: str, span: Span, language: str) -> bool:
    said = text[span.start : span.end]
    if language in _UNSPACED:
        return len(said) >= _FEWEST_CHARACTERS
    return len(said.split(maxsplit=_FEWEST_WORDS)) >= _FEWEST_WORDS


def _speech(said: str) -> bool:
    return said.rstrip()[-1:] in ".,!?\u2026\u2014-"


def _is_title(said: str) -> bool:
    """Tell a name of a film, song or programme: every word of weight is capitalised, and no sentence ends in it."""
    begin = said[:200]
    if sum(part[0].isalpha() for part in begin.split()) > _LONGEST_TITLE:
        return False
    words = _WORD.findall(begin)
    heavy = [word for word in words if word.casefold() not in _SMALL]
    ends = said.rstrip()[-1:] in "!?" or len(words) > _LONGEST_TITLE or ". " in said
    return not ends and len(heavy) > 1 and all(word[0].isupper() for word in heavy)


component: type[Enricher] = Quotes
