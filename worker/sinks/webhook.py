"""An HTTP endpoint as destination, signed: at least once, with an idempotency key that is the same at every retry."""

from __future__ import annotations

import hashlib
import hmac
import os
import random
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec
import orjson
import urllib3
from urllib3.exceptions import HTTPError

from worker.errors import ConfigError, TransientError
from worker.ports import Letter, Receipt, Refusal, Sink

_REFUSALS: Final = {400: "rejected", 413: "too_large", 422: "schema_mismatch"}
_TRANSIENT: Final = frozenset({408, 425, 429})
_TYPES: Final = {"ndjson": "application/x-ndjson", "array": "application/json"}
_WAIT_HERE_SECONDS: Final = 3.0  # a shorter Retry-After is waited out in place, a longer one by later attempts
_WAIT_SECONDS_MOST: Final = 900.0  # … and no longer than this, whatever is asked
_ALL_REFUSED_LEAST: Final = 20  # so many records, and every one refused: then it is not the records
_DETAIL_LIMIT: Final = 300


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the sink `webhook`.

    `url`: http:// or https://. `key` signs each request. `body`: `ndjson`, a record a line, or `array`. `element`: the
    `record` itself, or an `envelope` with `id`, `message` and `record`. `headers` are added to each request.
    """

    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^/@]+(/|$)")]
    key: Annotated[str, msgspec.Meta(min_length=16)]
    body: Literal["ndjson", "array"] = "ndjson"
    element: Literal["record", "envelope"] = "record"
    headers: dict[str, str] = {}
    ca_certs: str = ""
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 15.0
    batch_seconds: Annotated[float, msgspec.Meta(gt=0)] = 40.0

    def __repr__(self) -> str:
        """Leave key, headers and the URL's query out."""
        return f"Options(url={_shown(self.url)!r})"


def _shown(url: str) -> str:
    """Give a URL without its query, which may carry a token."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def sign(key: str, timestamp: str, body: bytes) -> str:
    """Give the signature's header: HMAC-SHA256 with the key over timestamp, a point, and the body, in hexadecimal."""
    return "v1=" + hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class Webhook:
    """Posts each batch; see `worker.ports.Sink`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._options = options
        self._shown = _shown(options.url)
        try:
            urllib3.util.parse_url(options.url)
        except HTTPError as exc:
            msg = f"sink {name!r}: url is no valid address"
            raise ConfigError(msg) from exc
        self._pool: urllib3.PoolManager | None = None
        self._pid = 0
        self._not_before = 0.0
        self._batch = ""
        self._settled: dict[str, Refusal | None] = {}
        self._doubted = False

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        """Post the records, in halves where the endpoint refuses them together, until those at fault are alone."""
        if batch != self._batch:
            self._batch, self._settled, self._doubted = batch, {}, False
        deadline = time.monotonic() + self._options.batch_seconds
        if self._doubted:
            self._try_one(batch, letters, deadline)
        refused: list[Refusal] = []
        parts = [(0, len(letters))]
        while parts:
            start, end = parts.pop()
            answer = self._settle(batch, letters, start, end, deadline)
            if answer is not None and end - start == 1:
                refused.append(answer)
            elif answer is not None:
                middle = (start + end) // 2
                parts += [(middle, end), (start, middle)]
        if len(refused) == len(letters) >= _ALL_REFUSED_LEAST and all(r.cause != "too_large" for r in refused):
            self._settled, self._doubted = {}, True
            raise self._takes_none(refused[-1])
        return Receipt(self._shown, tuple(refused))

    def _try_one(self, batch: str, letters: Sequence[Letter], deadline: float) -> None:
        """Before a batch is halved again of which nothing was taken, see whether any one of it is taken now."""
        position = random.randrange(len(letters))
        answer = self._settle(batch, letters, position, position + 1, deadline)
        self._settled = {}
        if answer is not None:
            raise self._takes_none(answer)
        self._doubted = False

    def _takes_none(self, answer: Refusal) -> ConfigError:
        return ConfigError(f"{self._named} takes none of a batch's records: {answer.detail}")

    def check(self) -> str:
        """Ask the endpoint with HEAD; only that it answers, and refuses nobody, can be told."""
        status, _, _ = self._request("HEAD", "check", b"")
        if status in {401, 403} or status >= 500:  # noqa: PLR2004  # HTTP's classes
            raise self._failed(status, "", 0)
        return f"{self._shown} answers HEAD with {status}"

    @property
    def _named(self) -> str:
        return f"sink {self.name!r}: {self._shown}"

    def _settle(self, batch: str, letters: Sequence[Letter], start: int, end: int, deadline: float) -> Refusal | None:
        """Post a part, or tell what became of it at an earlier attempt: None where it was taken."""
        whole = end - start == len(letters)
        key = batch if whole else f"{batch}.{start}-{end}"
        if key not in self._settled:
            self._settled[key] = self._post(key, letters, start, end, deadline)
        return self._settled[key]

    def _post(self, key: str, letters: Sequence[Letter], start: int, end: int, deadline: float) -> Refusal | None:
        body = self._body(letters[start:end])
        while True:
            now = time.monotonic()
            if now > deadline or now < self._not_before:
                told = "is too slow" if now > deadline else f"asked to wait {self._not_before - now:.0f} s more"
                msg = f"{self._named} {told}"
                raise TransientError(msg)
            status, text, wait = self._request("POST", key, body)
            if 200 <= status < 300:  # noqa: PLR2004  # HTTP's classes
                return None
            if cause := _REFUSALS.get(status):
                return Refusal(start, cause, f"HTTP {status}: {text}")
            if not 0 < wait <= _WAIT_HERE_SECONDS:
                raise self._failed(status, text, wait)
            time.sleep(wait)

    def _body(self, letters: Sequence[Letter]) -> bytes:
        items = [letter.json for letter in letters]
        if self._options.element == "envelope":
            items = [
                orjson.dumps({"id": letter.record_id, "message": letter.id, "record": orjson.Fragment(letter.json)})
                for letter in letters
            ]
        if self._options.body == "array":
            return b"[" + b",".join(items) + b"]"
        return b"".join(part for item in items for part in (item, b"\n"))

    def _request(self, method: str, key: str, body: bytes) -> tuple[int, str, float]:
        """Ask once; gives status, the beginning of the answer, and the seconds that it asks to wait (0: none)."""
        timestamp = str(int(time.time()))
        headers = {
            "User-Agent": "copydesk",
            "Content-Type": _TYPES[self._options.body],
            "Idempotency-Key": key,
            "X-Copydesk-Timestamp": timestamp,
            "X-Copydesk-Signature": sign(self._options.key, timestamp, body),
            **self._options.headers,
        }
        try:
            answer = self._here().request(
                method, self._options.url, body=body, headers=headers, redirect=False, preload_content=False
            )
            text = answer.read(_DETAIL_LIMIT, decode_content=True)
            answer.drain_conn() if len(text) < _DETAIL_LIMIT else answer.close()
        except (HTTPError, OSError) as exc:
            msg = f"{self._named}: {' '.join(str(exc).split())[:_DETAIL_LIMIT]}"
            raise TransientError(msg) from exc
        told = " ".join(text.decode("utf-8", "replace").split())
        return answer.status, told, _retry_after(answer.headers.get("Retry-After", ""))

    def _failed(self, status: int, text: str, wait: float) -> ConfigError | TransientError:
        told = f"{self._named} answers HTTP {status}: {text}".rstrip(": ")
        if status in _TRANSIENT or status >= 500:  # noqa: PLR2004  # HTTP's classes
            self._not_before = time.monotonic() + min(wait, _WAIT_SECONDS_MOST)
            return TransientError(told)
        if status in {401, 403}:
            return ConfigError(f"{told}; check key and headers")
        if 300 <= status < 400:  # noqa: PLR2004  # HTTP's classes
            return ConfigError(f"{told}; a redirect is not followed: name the endpoint itself")
        return ConfigError(told)

    def _here(self) -> urllib3.PoolManager:
        """Give this process's connections; proxies of the environment are not used."""
        if self._pool is None or self._pid != os.getpid():
            timeout = urllib3.Timeout(self._options.timeout_seconds)
            authorities = self._options.ca_certs or None
            self._pool = urllib3.PoolManager(1, timeout=timeout, retries=False, ca_certs=authorities)
            self._pid = os.getpid()
        return self._pool


def _retry_after(text: str) -> float:
    """Read `Retry-After`, in seconds or as a date; 0 where there is none or it cannot be read."""
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return 0.0


component: type[Sink] = Webhook
