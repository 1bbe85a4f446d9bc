"""The error tree, and the closed list of causes for which a payload goes to quarantine.

    CopydeskError
    |-- PayloadError      the payload is at fault: never retried, to quarantine with a code
    |-- TransientError    the surroundings are at fault: retried with backoff, then quarantine
    |-- ConfigError       the set-up is at fault: refuse to start, exit status 78 (EX_CONFIG)
    `-- IntakeError       the client could not hand a payload over
        |-- IntakeFull         the lane is past its mark, or the server at maxmemory: not stored
        |-- IntakeUnreachable  no answer came: stored or not, nobody knows; push again with the same `id`
        |-- IntakeRefused      the server answered with an error: not stored
        `-- PayloadTooLarge    larger than the client may send: not stored

A duplicate is a verdict, not an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CAUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "article_missing": "No article text was found, nor what tells why. Check that the payload is an article.",
        "compression_invalid": "The packed bytes are damaged, cut short, encrypted, or not what `enc` says. "
        "Fetch or pack them again; `enc` is zstd, gzip or left out.",
        "consent_wall": "The page asks for consent and shows no article. Let the crawler answer such notices.",
        "crashed": "The worker process died on this payload each time. Keep it for a bug report.",
        "empty": "The payload has no bytes. Check the crawler's download.",
        "encoding_invalid": "The bytes are not text in any charset that fits. Declare the charset in `type`.",
        "error_page": "A server's error page (not found, forbidden, out of order) stands in the article's place. "
        "Let the crawler look at the HTTP status, and fetch again if the article should be there.",
        "fields_invalid": "An entry field is missing or malformed. Check it against the payload contract.",
        "format_unknown": "The bytes are of no format that is switched on. Set `type`, or switch the format on.",
        "index_page": "The page lists articles and is none: a front page, section, tag, archive or search. "
        "Feed the pages that it links to.",
        "markup_invalid": "The payload is damaged beyond repair (not valid JSON, XML or HTML). Fetch it again.",
        "memory_exceeded": "Parsing needed more memory than a worker process may use. Raise limits.memory_mb "
        "or drop the payload.",
        "paywall": "The page asks to log in or subscribe and shows no text. Fetch it with an account, or drop it.",
        "retries_exhausted": "A part that Copydesk depends on failed at every attempt. Mend it, then requeue.",
        "robot_check": "The site took the crawler for a robot. Slow it down, or ask the publisher for access.",
        "script_shell": "The page is empty until scripts fill it. Fetch it with a browser.",
        "time_exceeded": "Processing took longer than limits.soft_seconds. Raise the limit or drop the payload.",
        "too_large": "The payload is larger than limits.raw_bytes or limits.decompressed_bytes. "
        "Raise the limit or trim the payload.",
        "unexpected": "A bug in Copydesk was met; the traceback is in the worker's log. Please report it.",
        "version_unsupported": "The entry's contract version `v` is newer than this worker. It waits outside of "
        "quarantine for a worker that knows it: upgrade the workers.",
    }
)
"""Cause code -> what to do about it. Bounded, so that quarantine can be grouped and counted by it."""


REFUSALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "crashed": "The process that delivered it died each time. Keep it for a bug report.",
        "rejected": "The destination answers that it will never take it. Read the detail, then requeue or drop.",
        "schema_mismatch": "It does not fit the sink's schema. Mend schema or record, then requeue.",
        "too_large": "It is larger than the destination takes. Raise the limit there, or select fewer `fields`.",
        "unexpected": "A bug in the sink was met; the traceback is in the worker's log. Please report it.",
        "unroutable": "The destination has no such queue, subject or topic. Make it, then requeue.",
    }
)
"""Why a sink refused a record -> what to do about it; bounded, as `CAUSES` is."""


class CopydeskError(Exception):
    """Base of everything that Copydesk raises on purpose."""


class PayloadError(CopydeskError):
    """The payload cannot be processed, now or later; `code` is one of `CAUSES`."""

    def __init__(self, code: str, detail: str) -> None:
        if code not in CAUSES:
            msg = f"cause code {code!r} is not in CAUSES"
            raise ValueError(msg)
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail

    def __reduce__(self) -> tuple[type[PayloadError], tuple[str, str]]:
        """Let the error cross to another process whole."""
        return type(self), (self.code, self.detail)

    @property
    def advice(self) -> str:
        """One sentence that says what to do."""
        return CAUSES[self.code]


class TransientError(CopydeskError):
    """Something outside failed and may come back; the payload is tried again later."""


class ConfigError(CopydeskError):
    """The configuration is wrong; the message names the component and the key."""

    exit_status: Final = 78


class IntakeError(CopydeskError):
    """The intake did not take payloads. `stored` has the ids of those of the same call that it did take before."""

    stored: tuple[str, ...] = ()


class IntakeFull(IntakeError):  # noqa: N818  # a state of the intake, and what producers look for
    """There is no room: the lane is past its mark, or the server at maxmemory. The batch is not stored."""


class IntakeUnreachable(IntakeError):  # noqa: N818  # as above
    """No answer came; the batch may be stored or not. Pushed again with the same `id`s it is stored once."""


class IntakeRefused(IntakeError):  # noqa: N818  # as above
    """The server answered with an error (password, wrong type of key, read-only replica); the batch is not stored."""


class PayloadTooLarge(IntakeError):  # noqa: N818  # as above
    """A payload is larger than the client may send; it is not stored, nor is anything after it in the same call."""
