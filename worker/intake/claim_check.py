"""Claim check, the workers' side: the body that an entry only refers to, out of the workers' own object storage.

A reference is `{"sha256": HEX, "size": BYTES}` in the field `ref`, in place of `payload`. Where the body lies follows
from its digest alone, in the store that the settings of the worker name: no entry can make a worker read anything else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, Protocol

import orjson

from worker.errors import PayloadError, TransientError

FIELD: Final = b"ref"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_LONGEST: Final = 1024


class ClaimSource(Protocol):
    """Where bodies are read from; `worker.storage.store.Store` is one."""

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Read a part of an object; raises FileNotFoundError where there is none, TransientError, ConfigError."""


def claim_key(digest: str) -> str:
    """Give the key of a body by its SHA-256 in hexadecimal."""
    return f"claims/{digest[:2]}/{digest}"


def fetch_claim(fields: Mapping[bytes, bytes], store: ClaimSource | None, most_bytes: int) -> Mapping[bytes, bytes]:
    """Give the entry with its body in place of the reference; entries without one as they are.

    Raises TransientError where the body is not there (yet), the store fails or the settings name none; PayloadError
    `fields_invalid` for a reference that is none or a body that is another, `too_large` past `most_bytes`.
    """
    raw = fields.get(FIELD)
    if raw is None:
        return fields
    digest, size = _read(raw)
    if size > most_bytes:
        raise PayloadError("too_large", f"{size} bytes, the limit is {most_bytes}")
    if store is None:
        msg = "the entry refers to object storage and intake.offload names none"
        raise TransientError(msg)
    try:
        body = store.get_range(claim_key(digest), 0, size)
    except FileNotFoundError as exc:
        msg = f"the body {digest[:16]}… is not in object storage"
        raise TransientError(msg) from exc
    if len(body) != size or sha256(body).hexdigest() != digest:
        raise PayloadError("fields_invalid", "the body in object storage is not the one that `ref` names")
    return {b"payload": body, **{name: value for name, value in fields.items() if name not in {FIELD, b"payload"}}}


def _read(raw: bytes) -> tuple[str, int]:
    try:
        ref = orjson.loads(raw) if len(raw) <= _LONGEST else None
    except orjson.JSONDecodeError:
        ref = None
    if isinstance(ref, dict):
        digest, size = ref.get("sha256"), ref.get("size")
        if isinstance(digest, str) and _DIGEST.fullmatch(digest) and type(size) is int and size > 0:
            return digest, size
    raise PayloadError("fields_invalid", 'ref is not {"sha256": 64 hexadecimal digits, "size": bytes}')
