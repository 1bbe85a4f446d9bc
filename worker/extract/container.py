"""The element that holds a page's paragraphs, found by the sizes of `p` elements alone: where the fast mode looks."""

from __future__ import annotations

from collections import Counter
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

# On the dev pages .90 halves the blocks to be judged and leaves F1 .976 and .980 within reach (all blocks: .989 and
# .998); .75 leaves .961 and .975, and all paragraphs (1.0) .981 and .986 at three quarters of the blocks.
_SHARE: Final = 0.9  # of the text in paragraphs that the element holds
_LEAST_CHARS: Final = 80  # of a paragraph that counts
_MOST_PARAGRAPHS: Final = 2_000
_MOST_STEPS: Final = 40  # up from a paragraph; with the bound above, at most 80,000 steps a page


def narrowest(tree: LexborHTMLParser) -> LexborNode | None:
    """Give the deepest element that holds 90 % of the text in paragraphs; the body where there is none."""
    held: Counter[int] = Counter()
    nodes: dict[int, LexborNode] = {}
    total = 0
    for paragraph in tree.css("p")[:_MOST_PARAGRAPHS]:
        size = len(paragraph.text())
        if size < _LEAST_CHARS:
            continue
        total += size
        node = paragraph.parent
        for _ in range(_MOST_STEPS):
            if node is None or node.tag == "body":
                break
            held[node.mem_id] += size
            nodes.setdefault(node.mem_id, node)
            node = node.parent
    # Elements are entered from below, so of several with the same text the first is the deepest.
    enough = [key for key, size in held.items() if size >= _SHARE * total]
    return nodes[min(enough, key=held.__getitem__)] if enough else tree.body
