"""The way out: one file a destination."""
