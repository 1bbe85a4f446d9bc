"""`copydesk correct`; see `worker.cli.withdraw`."""

from worker.cli.withdraw import correct as command

__all__ = ["command"]
