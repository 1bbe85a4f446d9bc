"""A worker app with a format that does next to nothing: what is left is the cost of the queue path."""

from __future__ import annotations

from collections.abc import Iterator

from worker import app as target
from worker.errors import PayloadError
from worker.model import Article, Paragraph, Payload
from worker.pipeline import Pipeline
from worker.ports import Format, Sniff

app = target.app
TEXT = "One short body of some thirty words, the same for each but for its number, " * 2


class Light:
    """Reads the number of its payload and nothing else."""

    name = "light"
    version = "1"

    def score(self, _sniff: Sniff) -> float:
        """Take everything."""
        return 1.0

    def parse(self, payload: Payload) -> Iterator[Article | PayloadError]:
        """Yield an article with the payload's first line in it."""
        body = TEXT + payload.body[:30].split(b"\n")[0].decode("ascii", "replace")
        yield Article(headline="Light", body=body, paragraphs=(Paragraph(0, len(body)),), format="light")


def light_pipeline() -> Pipeline:
    """Give the pipeline without enrichers."""
    formats: tuple[Format, ...] = (Light(),)
    return Pipeline(formats, ())


target.spine = light_pipeline  # type: ignore[assignment]
