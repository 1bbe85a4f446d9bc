"""Features of a page's blocks for the classifier, as one matrix a page: what a block is, and what is around it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from worker.extract.blocks import AROUND, HINT_WORDS, Block, Page

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
# Words that stand in what surrounds articles, by what they are for; in the larger European languages.
LEXICON: Final = (
    (
        "newsletter newsletters subscribe subscribing subscriber subscribers subscription abonnieren "
        "abonnez abonnement abo "
        "suscríbete suscripción iscriviti abbonati assine inbox inscreva подписаться подпишитесь подписывайтесь"
    ),
    (
        "share teilen partager compartir condividi compartilhar delen dela del jaa поделиться facebook "
        "twitter whatsapp "
        "telegram instagram linkedin pinterest tiktok youtube reddit email e-mail"
    ),
    (
        "related mehr weitere lire lesen leer leggi leia lees читайте також также ook auch aussi también anche também "
        "recommended empfohlen recommandé popular trending beliebt meistgelesen most"
    ),
    (
        "comment comments kommentar kommentare commentaire commentaires comentarios comentários commenti "
        "reageer комментарии "
        "kommentarer reply replies responses antworten discussion"
    ),
    "copyright © rights reserved rechte vorbehalten derechos reservados droits réservés riservati impressum imprint",
    "cookie cookies privacy datenschutz consent gdpr terms conditions agb policy confidentialité privacidad",
    (
        "advertisement advertising anzeige werbung publicité publicidad publicidade pubblicità advertentie "
        "реклама sponsored "
        "sponsor affiliate commission partner partners"
    ),
    (
        "photo foto photos fotos image images bild bilder getty reuters afp dpa ap imago credit shutterstock unsplash "
        "fotografía фото źródło courtesy"
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
_LEXICON_CHARS: Final = 300  # longer blocks hold such words by chance
_DATE: Final = re.compile(r"\d{1,2}[./:]\d{2}|\b(?:19|20)\d{2}\b")
_SENTENCE_END: Final = tuple(".!?…。！？।؟।\"”“»’'）)")
_STOPS: Final = re.compile(r"[.!?。！？।؟](?:\s|$)")
_COMMAS: Final = re.compile(r"[,،、，;]")
_LETTERS: Final = re.compile(r"[^\W_]+")
_GOOD_CHARS: Final = 80
_GOOD_LINKED: Final = 0.35
_MAIN_SHARE: Final = 0.6


@dataclass(frozen=True, slots=True)
class Witness:
    """What the page's head says of its article; empty where it says nothing."""

    title: str = ""
    description: str = ""
    body: str = ""


def plain(text: str) -> str:
    """Letters and digits alone, lower case: two texts that a reader takes for equal are equal."""
    return "".join(_LETTERS.findall(text.lower()))


def _text_features(block: Block, title: frozenset[str], seen: Counter[str], witness: Witness) -> tuple[float, ...]:
    text = block.text
    size = len(text)
    head = text if size <= _LEXICON_CHARS else text[:_LEXICON_CHARS]
    words = head.lower().split()
    count = len(words)
    lexicon = 0
    if size <= _LEXICON_CHARS:
        for word in words:
            lexicon |= _LEXICON_OF.get(word.rstrip(".,:;!?"), 0)
    stops = len(_STOPS.findall(text))
    commas = len(_COMMAS.findall(text))
    stated = -1.0
    if witness.body:
        key = plain(text[:120])
        stated = float(len(key) > 3 and key in witness.body)  # noqa: PLR2004
    overlap = sum(word in title for word in words) / count if title and count and size <= _LEXICON_CHARS else 0.0
    return (
        float(size),
        float(text.count(" ") + 1),
        len(text.encode("utf-8", "replace")) / size,
        block.linked / size,
        float(block.links),
        block.strong / size,
        float(block.breaks),
        float(stops),
        float(commas),
        float(text.endswith(_SENTENCE_END)),
        float(text[-1] == ":"),
        float(text[0].isupper()),
        float(text[0].isalpha()),
        float(text[0] in "\"'“„«»‘「"),
        sum(map(str.isdigit, head)) / len(head),
        sum(map(str.isupper, head)) / len(head),
        sum(map(len, words)) / max(count, 1),
        float("|" in text) + float("©" in text) * 2 + float("@" in text) * 4,
        float("?" in text),
        float(size <= _LEXICON_CHARS and _DATE.search(text) is not None),
        float(seen[text]),
        overlap,
        stated,
        float(bool(witness.description) and size > 30 and (head[:60] in witness.description)),  # noqa: PLR2004
        float(lexicon),
    )


TEXT_NAMES: Final = (
    "size words bytes_a_char linked links strong breaks stops commas ends_sentence ends_colon starts_upper "
    "starts_letter starts_quote digits uppers word_length marks question dated repeats in_title in_articlebody "
    "in_description"
).split()


def features(page: Page, witness: Witness) -> tuple[Matrix, Matrix]:
    """Give the features of each block (rows) and the grouping columns that `context_features` needs.

    The second matrix has, a block: size, element, parent, grandparent and signature as group numbers.
    """
    blocks = page.blocks
    title = frozenset(witness.title.lower().split())
    seen = Counter(block.text for block in blocks)
    text = np.array([_text_features(block, title, seen, witness) for block in blocks], dtype=np.float32)
    lexicon = text[:, -1].astype(np.int64)
    text = text[:, :-1]
    hints = np.array([(block.hints, block.near) for block in blocks], dtype=np.int64)
    around = np.array([block.around for block in blocks], dtype=np.int64)
    size, linked = text[:, 0], text[:, 3]
    good = (size >= _GOOD_CHARS / np.maximum(text[:, 2] / 1.2, 1)) & (linked < _GOOD_LINKED)
    good_size = np.where(good, size, 0.0)
    places, groups = _places(page, size, linked * size, good_size)
    columns = [
        text,
        _bits(lexicon, len(LEXICON)),
        _bits(hints[:, 0], len(HINT_WORDS)),
        _bits(hints[:, 1], len(HINT_WORDS)),
        _bits(around, len(AROUND)),
        _simple(blocks),
        places,
        _positions(size, good_size),
        _neighbours(
            np.column_stack([np.log1p(size), linked, good, text[:, 9], text[:, 20], _simple(blocks)[:, 0]]),
            groups[:, 2],
        ),
    ]
    return np.concatenate(columns, axis=1, dtype=np.float32), groups


def _bits(masks: npt.NDArray[np.int64], width: int) -> Matrix:
    return ((masks[:, None] >> np.arange(width)) & 1).astype(np.float32)


def _simple(blocks: list[Block]) -> Matrix:
    kinds = {"text": 0, "heading": 1, "list": 2, "quote": 3, "table": 4}
    return np.array([(_TAGS.get(block.tag, 0), block.depth, kinds[block.kind]) for block in blocks], dtype=np.float32)


def _places(page: Page, size: Matrix, linked: Matrix, good: Matrix) -> tuple[Matrix, Matrix]:
    """Describe the elements around each block by what they hold, and number them as groups."""
    count = len(page.parents)
    parents = page.parents
    element = np.array([block.element for block in page.blocks], dtype=np.int64)
    sums = [np.bincount(element, weights=what, minlength=count).tolist() for what in (size, linked, good)]
    sums.append(np.bincount(element, minlength=count).tolist())
    for held in sums:
        for at in range(count - 1, 0, -1):
            held[parents[at]] += held[at]
    held_size, held_linked, held_good, held_blocks = (np.array(held) for held in sums)
    total, total_good = max(held_size[0], 1.0), max(held_good[0], 1.0)
    main = 0
    goods = sums[2]
    for at in range(1, count):  # parents come first, so the deepest element that still holds the share wins
        if parents[at] == main and goods[at] >= _MAIN_SHARE * goods[0] > 0:
            main = at
    inside = [False] * count
    inside[main] = True
    for at in range(main + 1, count):
        inside[at] = inside[parents[at]]
    up = np.array(parents)
    parent = up[element]
    grand = up[parent]
    great = up[grand]
    columns = [np.array(inside)[element].astype(np.float64)]
    for level in (element, parent, grand, great):
        columns += [
            held_good[level] / total_good,
            held_linked[level] / np.maximum(held_size[level], 1.0),
            np.log1p(held_size[level]),
            held_good[level] / np.maximum(held_size[level], 1.0),
            np.log1p(held_blocks[level]),
        ]
    columns += [
        np.full(len(element), np.log1p(total)),
        np.full(len(element), total_good / total),
        np.full(len(element), np.log1p(len(element))),
        (parent == main).astype(np.float64) + 2.0 * (element == main) + 4.0 * (grand == main),
    ]
    signature = np.unique(np.array(page.signatures, dtype=np.int64)[element], return_inverse=True)[1]
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
