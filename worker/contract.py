"""The payload contract."""
