"""The raw archive: untouched payloads in object storage, found again by time, publisher, record or cause."""
