"""Claim check: a large body goes to object storage, the entry carries a reference in its place."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from importlib import import_module
from typing import Protocol

import orjson

from worker.errors import CopydeskError, IntakeUnreachable
from worker.intake.claim_check import FIELD, claim_key


class ClaimStore(Protocol):
    """Where bodies are put; `worker.storage.store.Store` is one."""

    def create(self, key: str, body: bytes) -> bool:
        """Store an object; False where the key exists already."""


def open_store(options: Mapping[str, object]) -> ClaimStore:
    """Open the store that options name; loads obstore now, which a client without claim check never needs."""
    module = import_module("worker.storage.store")
    store: ClaimStore = module.Store("offload", module.StoreOptions(**options))
    return store


def offloaded(fields: Mapping[bytes, bytes], store: ClaimStore) -> dict[bytes, bytes]:
    """Store the body (as packed) under its digest and give the entry with a reference in its place.

    Raises IntakeUnreachable where the store fails.
    """
    body = fields[b"payload"]
    digest = sha256(body).hexdigest()
    try:
        store.create(claim_key(digest), body)
    except CopydeskError as exc:
        msg = f"a body of {len(body)} bytes could not be put into object storage: {exc}"
        raise IntakeUnreachable(msg) from exc
    rest = {name: value for name, value in fields.items() if name != b"payload"}
    return {FIELD: orjson.dumps({"sha256": digest, "size": len(body)}), **rest}
