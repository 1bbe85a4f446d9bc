"""Copydesk: streaming ingestion worker for news."""

__version__ = "0.1.0"
