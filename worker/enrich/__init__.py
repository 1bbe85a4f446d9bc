"""Enrichers, one file each: article to annotation. The last line of a file binds `component`."""
