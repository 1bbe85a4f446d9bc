"""`copydesk cluster`; see `worker.cli.trace`."""

from worker.cli.trace import cluster as command

__all__ = ["command"]
