"""The in-memory twin of the dedupe index: the same contract for one process, without a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from worker.model import Verdict
from worker.ports import Fingerprint


@dataclass(frozen=True, slots=True)
class _Held:
    article_id: str
    owner: str
    payload: str
    verdict: Verdict
    final: bool = False


class MemoryIndex:
    """Digest -> holder in a dict; fulfils `worker.ports.Index`. Not thread-safe."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._writes: dict[str, list[tuple[str, _Held | None]]] = {}

    def reserve(self, owner: str, fingerprints: Sequence[Fingerprint]) -> list[Verdict | None]:
        """See `worker.ports.Index.reserve`."""
        return [self._judge(owner, item) for item in fingerprints]

    def _judge(self, owner: str, item: Fingerprint) -> Verdict | None:
        by_payload = self._held.get(item.payload)
        by_body = self._held.get(item.body)
        by_url = self._held.get(item.url) if item.url else None
        by_title = self._held.get(item.title) if item.title else None
        holders = [held for held in (by_payload, by_body, by_url, by_title) if held is not None]
        for held in holders:
            if not held.final and held.owner == owner and held.payload == item.payload:
                return held.verdict
        if any(not held.final and held.owner != owner for held in holders):
            return None
        held_as = item.article_id
        if twin := by_payload or by_body:
            held_as = twin.article_id
            verdict = Verdict(
                kind="exact",
                of=twin.article_id,
                similarity=1.0,
                evidence=("payload",) if by_payload else ("body",),
                version=twin.verdict.version,
            )
        elif former := by_url or by_title:
            verdict = Verdict(
                kind="revision",
                of=former.article_id,
                evidence=("canonical_url",) if by_url else ("headline",),
                version=former.verdict.version + 1,
            )
        else:
            verdict = Verdict(kind="new")
        holder = _Held(held_as, owner, item.payload, verdict)
        if not by_payload:
            self._write(owner, item.payload, holder)
        if not by_body:
            self._write(owner, item.body, holder)
        if item.url and (not by_url or verdict.kind == "revision"):
            self._write(owner, item.url, holder)
        if item.title and (not by_title or verdict.kind == "revision"):
            self._write(owner, item.title, holder)
        return verdict

    def _write(self, owner: str, digest: str, holder: _Held) -> None:
        self._writes.setdefault(owner, []).append((digest, self._held.get(digest)))
        self._held[digest] = holder

    def finalise(self, owner: str) -> None:
        """See `worker.ports.Index.finalise`."""
        for digest, _ in self._writes.pop(owner, []):
            held = self._held.get(digest)
            if held is not None and held.owner == owner:
                self._held[digest] = replace(held, final=True)

    def release(self, owner: str) -> None:
        """See `worker.ports.Index.release`."""
        for digest, former in reversed(self._writes.pop(owner, [])):
            held = self._held.get(digest)
            if held is None or held.owner != owner:
                continue
            if former is None:
                del self._held[digest]
            else:
                self._held[digest] = former
