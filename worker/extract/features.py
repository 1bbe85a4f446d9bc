"""Features of a page's blocks for the classifier, as one matrix a page: what a block is, and what is around it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from worker.extract.blocks import AROUND, HINT_WORDS, Page
from worker.model import ParagraphKind

Matrix = npt.NDArray[np.floating[Any]]
_TAGS: Final = {
    name: number
    for number, names in enumerate(
        "p div li h1 h2 h3 h4|h5|h6 tr|td|th|table|tbody figcaption blockquote section article body "
        "footer|header|nav|aside ul|ol|dl dt|dd pre form|fieldset|label figure main center|address "
        "details|summary".split(),
        1,
    )
    for name in names.split("|")
}
# Words that stand in what surrounds articles, by what they are for.
LEXICON: Final = (
    (
        "newsletter newsletters subscribe subscribing subscriber subscribers subscription abonnieren "
        "abonnez abonnement abo "
        "suscríbete suscripción iscriviti abbonati assine inbox inscreva подписаться подпишитесь подписывайтесь "
        "підпишіться розсилку розсилка рассылку рассылка bülten bültenimize abone subskrybuj zapisz εγγραφείτε اشترك "
        "نشرتنا النشرة خبرنامه עלון הירשמו"
    ),
    (
        "share teilen partager compartir condividi compartilhar delen dela del jaa поделиться facebook "
        "twitter whatsapp "
        "telegram instagram linkedin pinterest tiktok youtube reddit email e-mail "
        "paylaş поділитися udostępnij شارك شاركها שתפו κοινοποίηση"
    ),
    (
        "related mehr weitere lire lesen leer leggi leia lees читайте також также ook auch aussi también anche também "
        "recommended empfohlen recommandé popular trending beliebt meistgelesen most "
        "ilgili czytaj również także baca juga διαβάστε επίσης أيضا ذات צפו קראו بخوانید पढ़ें"
    ),
    (
        "comment comments kommentar kommentare commentaire commentaires comentarios comentários commenti "
        "reageer комментарии "
        "kommentarer reply replies responses antworten discussion "
        "yorum yorumlar коментар коментарі komentarze تعليق تعليقات تعليقان תגובות نظرات σχόλια"
    ),
    (
        "copyright © rights reserved rechte vorbehalten derechos reservados droits réservés riservati impressum "
        "imprint hakları saklıdır права захищені защищены محفوظة שמורות"
    ),
    (
        "cookie cookies privacy datenschutz datenschutzerklärung consent gdpr terms conditions agb policy "
        "confidentialité privacidad externe externen externer inhalte einwilligung drittanbieter consentement "
        "çerez çerezleri кукі الارتباط עוגיות"
    ),
    (
        "advertisement advertising anzeige werbung publicité publicidad publicidade pubblicità advertentie "
        "реклама sponsored "
        "sponsor affiliate commission partner partners reklam reklama iklan إعلان آگهی פרסומת διαφήμιση विज्ञापन"
    ),
    (
        "photo foto photos fotos image images bild bilder getty reuters afp dpa ap imago credit shutterstock unsplash "
        "fotografía фото źródło courtesy fotoğraf zdjęcie fot تصوير عکس צילום φωτογραφία ảnh फोटो"
    ),
    "by von par por di door av af autor author autore auteur автор written redaktion reporter editor staff",
    (
        "login log sign register registrieren anmelden account konto password passwort connexion premium exclusive "
        "plus paywall"
    ),
    "follow folgen suivez síguenos segui volg join download app watch listen click klick klicken",
    "tags tag topics themen thèmes temas temi schlagworte kategorie category categories filed posted under keywords",
    "min minutes minuten read lesezeit lesedauer views views. ago vor hours stunden",
    (
        "published veröffentlicht publié publicado pubblicato updated aktualisiert mis stand actualizado опубликовано "
        "januar january february march april may june july august september october november december"
    ),
    "source sources quelle quellen fuente fuentes fonte fonti источник references sources: referenzen",
    "buy price shop sale $ € £ free order cart deal deals",
    "previous next zurück weiter suivant précédent anterior siguiente prev older newer back home menu search suche",
    "cookies correction disclaimer opinions editor's note opinion views endorse contributed",
)
_LEXICON_OF: Final = {word: 1 << bit for bit, words in enumerate(LEXICON) for word in words.split()}
_LEXICON_WORDS: Final = frozenset(_LEXICON_OF)
_LEXICON_CHARS: Final = 300  # longer blocks hold such words by chance
_DATE: Final = re.compile(r"\d{1,2}[./:]\d{2}|\b(?:19|20)\d{2}\b")
_AFTER_WORD: Final = ".,:;!?"
_LETTERS: Final = re.compile(r"[^\W_]+")
_KINDS: Final[dict[ParagraphKind, int]] = {"text": 0, "heading": 1, "list": 2, "quote": 3, "table": 4}
_GOOD_CHARS: Final = 80
_GOOD_LINKED: Final = 0.35
_MAIN_SHARE: Final = 0.6
# Classes of characters, one bit each.
_BLANK, _DIGIT, _UPPER, _COMMA, _STOP, _LETTER, _CLOSING, _OPENING, _BAR, _RIGHTS, _AT, _ASKING = (
    1 << bit for bit in range(12)
)
_COUNTED: Final = (_BLANK, _DIGIT, _UPPER, _COMMA)
_SIGNS: Final = (
    (" \n", _BLANK),
    (",،、，;", _COMMA),
    (".!?。！？।؟", _STOP),
    (".!?…。！？।؟\"”“»’'）)", _CLOSING),
    ("\"'“„«»‘「", _OPENING),
    ("|", _BAR),
    ("©", _RIGHTS),
    ("@", _AT),
    ("?", _ASKING),
)
_WIDER: Final = (0x80, 0x800, 0x10000)  # from these on a character takes one more byte
_PLANE: Final = 0xFFFF  # characters beyond it are few in articles and taken for one that says nothing


@dataclass(frozen=True, slots=True)
class Witness:
    """What the page's head says of its article; empty where it says nothing."""

    title: str = ""
    description: str = ""
    body: str = ""


def plain(text: str) -> str:
    """Letters and digits alone, lower case: two texts that a reader takes for equal are equal."""
    return "".join(_LETTERS.findall(text.lower()))


@lru_cache(maxsize=1)
def _classes() -> npt.NDArray[np.uint16]:
    """Give the classes of the characters of the first plane (some 15 ms, once a process)."""
    marks = bytearray(b"\0\0" * (_PLANE + 1))
    classes = np.frombuffer(marks, dtype=np.uint16)
    for code in range(_PLANE):
        char = chr(code)
        if char.isalpha():
            classes[code] = _LETTER | _UPPER if char.isupper() else _LETTER
        elif char.isdigit():
            classes[code] = _DIGIT
    for signs, bit in _SIGNS:
        for char in signs:
            classes[ord(char)] |= bit
    return classes


def _characters(texts: list[str]) -> tuple[Matrix, list[Matrix]]:
    """Count what characters the blocks hold, all blocks at once; gives sizes and columns.

    All texts are one array of code points: a look at each block's characters from Python costs 5 µs a block.
    """
    joined = "\n".join(texts) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    marks = _classes().take(np.minimum(codes, _PLANE))
    size = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    ends = np.cumsum(size + 1) - 1  # the line ends
    starts = ends - size
    blanks, digits, uppers, commas = (np.add.reduceat((marks & bit) != 0, starts, dtype=np.int64) for bit in _COUNTED)
    stops = np.add.reduceat(((marks[:-1] & _STOP) != 0) & ((marks[1:] & _BLANK) != 0), starts, dtype=np.int64)
    wide = np.zeros(len(texts))  # bytes beyond one a character in UTF-8
    if not joined.isascii():
        wide += sum(np.add.reduceat(codes >= least, starts, dtype=np.int64) for least in _WIDER)
    held = np.bitwise_or.reduceat(marks, starts)
    first, last = marks[starts], marks[ends - 1]
    words = blanks.astype(np.float64)  # one more than blanks, of which the line end is one
    columns = [
        words,
        1.0 + wide / size,
        stops,
        commas,
        (last & _CLOSING) != 0,
        codes[ends - 1] == ord(":"),
        (first & _UPPER) != 0,
        (first & _LETTER) != 0,
        (first & _OPENING) != 0,
        digits / size,
        uppers / size,
        (size - words + 1) / words,
        ((held & _BAR) != 0) + 2.0 * ((held & _RIGHTS) != 0) + 4.0 * ((held & _AT) != 0),
        (held & _ASKING) != 0,
    ]
    return size.astype(np.float64), columns


def _words(texts: list[str], digits: list[float], witness: Witness) -> list[tuple[int, float, float, float, bool, int]]:
    """Give what the words of each block say.

    A block: bits of `LEXICON`, share of words of the title, whether it stands in JSON-LD (-1 where there is none)
    and in the description, whether it holds a date, how often its text stands on the page.
    """
    title = frozenset("".join(c for c in witness.title.lower() if c not in _AFTER_WORD).split())
    body, description = witness.body, witness.description
    times = Counter(texts)
    lines = "\n".join([text if len(text) <= _LEXICON_CHARS else "" for text in texts]).lower()
    for sign in _AFTER_WORD:
        lines = lines.replace(sign, "")
    rows = []
    for text, line, figures in zip(texts, lines.split("\n"), digits, strict=True):
        lexicon, overlap, dated = 0, 0.0, False
        if words := line.split():
            for word in _LEXICON_WORDS.intersection(words):
                lexicon |= _LEXICON_OF[word]
            if title:
                overlap = len(title.intersection(words)) / len(words)
            dated = figures > 2 and _DATE.search(text) is not None  # noqa: PLR2004
        stated = -1.0
        if body:
            key = plain(text[:120])
            stated = float(len(key) > 3 and key in body)  # noqa: PLR2004
        described = float(len(text) > 30 and text[:60] in description)  # noqa: PLR2004
        rows.append((lexicon, overlap, stated, described, dated, times[text]))
    return rows


TEXT_NAMES: Final = (
    "size linked strong links breaks in_title in_articlebody in_description dated repeats words bytes_a_char stops "
    "commas ends_sentence ends_colon starts_upper starts_letter starts_quote digits uppers word_length marks question"
).split()


def features(page: Page, witness: Witness) -> tuple[Matrix, Matrix]:
    """Give the features of each block (rows) and the grouping columns that `context_features` needs.

    The second matrix has, a block: size, element, parent, grandparent and signature as group numbers.
    """
    blocks = page.blocks
    texts = [block.text for block in blocks]
    size, characters = _characters(texts)
    own = np.array(
        [(block.linked, block.strong, block.links, block.breaks, block.depth) for block in blocks], dtype=np.float64
    )
    said = np.array(_words(texts, np.rint(characters[9] * size).tolist(), witness), dtype=np.float64)
    linked = own[:, 0] / size
    kinds = np.array([(_TAGS.get(block.tag, 0), _KINDS[block.kind]) for block in blocks], dtype=np.float64)
    good = (size >= _GOOD_CHARS / np.maximum(characters[1] / 1.2, 1)) & (linked < _GOOD_LINKED)
    good_size = np.where(good, size, 0.0)
    places, groups = _places(page, size, linked * size, good_size)
    ends = characters[4]
    near = np.column_stack([np.log1p(size), linked, good, ends, said[:, 5], kinds[:, 0]])
    columns = np.column_stack(
        [size, linked, own[:, 1] / size, own[:, 2], own[:, 3], said[:, 1:], *characters, kinds, own[:, 4]]
    )
    bits = [
        _bits([int(row) for row in said[:, 0]], len(LEXICON)),
        _bits([block.hints for block in blocks], len(HINT_WORDS)),
        _bits([block.near for block in blocks], len(HINT_WORDS)),
        _bits([block.around for block in blocks], len(AROUND)),
    ]
    parts = [columns, *bits, places, _positions(size, good_size), _neighbours(near, groups[:, 2])]
    return np.concatenate(parts, axis=1, dtype=np.float32, casting="same_kind"), groups


def _bits(masks: list[int], width: int) -> Matrix:
    raw = np.array(masks, dtype="<u8").view(np.uint8).reshape(-1, 8)
    return np.unpackbits(raw, axis=1, bitorder="little")[:, :width].astype(np.float32)


def _places(page: Page, size: Matrix, linked: Matrix, good: Matrix) -> tuple[Matrix, Matrix]:
    """Describe the elements around each block by what they hold, and number them as groups."""
    count = len(page.parents)
    up, ends = np.array(page.parents), np.array(page.ends)
    element = np.array([block.element for block in page.blocks], dtype=np.int64)
    own = np.zeros((count + 1, 4))
    for column, what in enumerate((size, linked, good, None)):
        own[1:, column] = np.bincount(element, weights=what, minlength=count)
    rising = np.cumsum(own, axis=0)  # elements are in document order, so what one holds lies between two sums
    held = rising[ends] - rising[:-1]
    total, total_good = max(held[0, 0], 1.0), max(held[0, 2], 1.0)
    # More than half of the good text: such elements stand one within the other, the last is the deepest.
    main = int(np.flatnonzero(held[:, 2] >= _MAIN_SHARE * held[0, 2])[-1]) if held[0, 2] > 0 else 0
    parent = up[element]
    grand = up[parent]
    great = up[grand]
    columns = [((element >= main) & (element < ends[main])).astype(np.float64)]
    for level in (element, parent, grand, great):
        level_size, level_linked, level_good, level_blocks = held[level].T
        columns += [
            level_good / total_good,
            level_linked / np.maximum(level_size, 1.0),
            np.log1p(level_size),
            level_good / np.maximum(level_size, 1.0),
            np.log1p(level_blocks),
        ]
    columns += [
        np.full(len(element), np.log1p(total)),
        np.full(len(element), total_good / total),
        np.full(len(element), np.log1p(len(element))),
        (parent == main).astype(np.float64) + 2.0 * (element == main) + 4.0 * (grand == main),
    ]
    signature = np.array(page.signatures, dtype=np.int64)[element]
    groups = np.column_stack([size, element, parent, grand, signature])
    return np.column_stack(columns).astype(np.float32), groups.astype(np.float32)


def _positions(size: Matrix, good: Matrix) -> Matrix:
    count = len(size)
    at = np.arange(count)
    before = np.cumsum(size) - size
    good_before = np.cumsum(good) - good
    marks = good > 0
    last = np.maximum.accumulate(np.where(marks, at, -50))
    following = np.minimum.accumulate(np.where(marks, at, count + 50)[::-1])[::-1]
    return np.column_stack(
        [
            at / count,
            np.minimum(at, 200),
            np.minimum(count - at, 200),
            before / max(size.sum(), 1.0),
            good_before / max(good.sum(), 1.0),
            np.minimum(at - last, 50),
            np.minimum(following - at, 50),
        ]
    ).astype(np.float32)


def _neighbours(what: Matrix, parent: Matrix) -> Matrix:
    columns = []
    for shift in (-3, -2, -1, 1, 2, 3):
        columns.append(_shift(what, shift))
        columns.append(_shift((parent[:, None]), shift) == parent[:, None])
    return np.concatenate(columns, axis=1).astype(np.float32)


def _shift(what: Matrix, by: int) -> Matrix:
    moved = np.full_like(what, -1.0)
    if abs(by) < len(what):
        if by > 0:
            moved[:-by] = what[by:]
        else:
            moved[-by:] = what[:by]
    return moved


def context_features(first: Matrix, groups: Matrix) -> Matrix:
    """Give what the first model thinks of the blocks around each block.

    `first` holds its probabilities, `groups` what `features` returned beside the matrix.
    """
    size = np.minimum(groups[:, 0], 1000.0) + 5.0
    mass = first * size
    columns = [first[:, None], *(_shift(first[:, None], by) for by in (-4, -3, -2, -1, 1, 2, 3, 4))]
    for column in range(1, groups.shape[1]):
        number = groups[:, column].astype(np.int64)
        held = np.bincount(number, weights=mass)
        whole = np.bincount(number, weights=size)
        columns.append((held / np.maximum(whole, 1.0))[number][:, None])
        columns.append(((held[number] - mass) / np.maximum(whole[number] - size, 1.0))[:, None])
    before = np.cumsum(mass) - mass
    total = max(float(mass.sum()), 1.0)
    sure = (first > 0.5).astype(np.float32)  # noqa: PLR2004
    at = np.arange(len(first))
    last = np.maximum.accumulate(np.where(sure > 0, at, -50))
    last = np.concatenate([[-50], last[:-1]])
    following = np.minimum.accumulate(np.where(sure > 0, at, len(at) + 50)[::-1])[::-1]
    following = np.concatenate([following[1:], [len(at) + 50]])
    columns += [
        (before / total)[:, None],
        (mass / total)[:, None],
        np.full((len(first), 1), total / size.sum()),
        np.full((len(first), 1), np.log1p(total)),
        np.minimum(at - last, 50)[:, None],
        np.minimum(following - at, 50)[:, None],
        _window(mass, 3)[:, None] / _window(size, 3)[:, None],
        _window(mass, 8)[:, None] / _window(size, 8)[:, None],
    ]
    return np.concatenate(columns, axis=1).astype(np.float32)


def _window(what: Matrix, reach: int) -> Matrix:
    whole = np.concatenate([[0.0], np.cumsum(what)])
    at = np.arange(len(what))
    sums: Matrix = whole[np.minimum(at + reach + 1, len(what))] - whole[np.maximum(at - reach, 0)]
    return sums
