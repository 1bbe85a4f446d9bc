"""Payload formats, one file each: bytes to articles and issues. The last line of a file binds `component`."""
