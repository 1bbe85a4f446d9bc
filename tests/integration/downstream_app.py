"""Somebody else's Celery application, which a sink sends tasks to; it keeps what came in a list."""

from __future__ import annotations

import json
import os
from typing import Any

import celery
import redis

app = celery.Celery("downstream", broker=os.environ["DOWNSTREAM_BROKER"])
app.conf.update(
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
)
store = redis.Redis.from_url(os.environ["DOWNSTREAM_STORE"])


@app.task(name="desk.take", bind=True)
def take(self: Any, record: dict[str, Any]) -> None:
    """Keep the task's id and its record."""
    store.rpush("taken", json.dumps([self.request.id, record]))
