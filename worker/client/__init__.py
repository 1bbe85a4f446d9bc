"""What a crawler imports to push payloads: light (orjson, zstandard, redis at the first connection; no parser).

    from worker.client import Client, Item

    with Client("redis://127.0.0.1:6379/0") as client:
        entry_id = client.push(html, url="https://example.org/story", type="text/html")
        entry_ids = client.push_many([Item(html, url=url, id=url) for url, html in pages])

A payload is stored when its entry id was returned. A push that raised may be repeated with the same
`id` (idempotency key): within an hour it is one entry, however often it is sent. docs/producers.md has the rest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from worker.client.core import Settled
from worker.client.options import DEFAULT_URL, ClientOptions, Item, Ready, new_traceparent
from worker.client.sync import Client
from worker.errors import IntakeError, IntakeFull, IntakeRefused, IntakeUnreachable, PayloadTooLarge

if TYPE_CHECKING:
    from worker.client.aio import AsyncClient

__all__ = [
    "DEFAULT_URL",
    "AsyncClient",
    "Client",
    "ClientOptions",
    "IntakeError",
    "IntakeFull",
    "IntakeRefused",
    "IntakeUnreachable",
    "Item",
    "PayloadTooLarge",
    "Ready",
    "Settled",
    "new_traceparent",
]


def __getattr__(name: str) -> Any:
    """Load the asynchronous client when it is asked for: importing asyncio takes longer than all the rest."""
    if name == "AsyncClient":
        return import_module("worker.client.aio").AsyncClient
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
