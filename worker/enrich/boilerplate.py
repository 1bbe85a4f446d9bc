"""Boilerplate: parts of the body that the publisher has had in many articles before; marked, never cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from worker.model import Boilerplate as BoilerplateModel
from worker.model import Enriched, Repeats
from worker.ports import Annotation, Enricher

_FEWEST: Final = 3.5  # earlier articles that had it: four of late, as the oldest weigh a little less
_SHARE: Final = 0.02  # of the publisher's articles


class Boilerplate:
    """Knows what the stream has taught; without that (the first articles, a payload alone) it marks nothing."""

    name = "boilerplate"
    version = "1"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        known = enriched.repeats
        return Annotation(boilerplate=tuple(marked(known)) if known is not None else ())


def marked(known: Repeats) -> Iterator[BoilerplateModel]:
    """Yield the parts seen often, in their order; a sentence within a marked paragraph is not marked again."""
    often = [part for part in known.parts if part[2] >= max(_FEWEST, _SHARE * known.articles)]
    behind = 0
    for start, end, seen in sorted(often, key=lambda part: (part[0], -part[1])):
        if start >= behind:
            yield BoilerplateModel(start, end, round(seen))
            behind = end


component: type[Enricher] = Boilerplate
