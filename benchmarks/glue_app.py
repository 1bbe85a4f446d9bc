"""The obvious glue: one Celery task an article with the page inside, trafilatura's defaults, a file an article."""

from __future__ import annotations

import os
import time
from typing import Any
from uuid import uuid4

import orjson
import trafilatura
from celery import Celery

from worker.ports import Letter
from worker.sinks.objects import Objects, Options

app = Celery("glue", broker=os.environ.get("GLUE_URL", "memory://"))
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)
_sinks: dict[int, Objects] = {}


@app.task(name="glue.process")
def process(html: str) -> None:
    """Extract, and store what was found as an object of its own."""
    document: Any = trafilatura.bare_extraction(html, with_metadata=True)
    sink = _sinks.setdefault(os.getpid(), Objects("files", Options(url=os.environ["GLUE_OUT"])))
    record = {"id": uuid4().hex, "title": document.title, "date": document.date, "body": document.text}
    letter = Letter(str(record["id"]), str(record["id"]), orjson.dumps(record))
    sink.deliver(f"glue-0-{int(time.time() * 1000)}-0-{uuid4().int}-0", [letter])
