"""Newswire XML: NITF, NewsML-G2 and NewsML 1 as trees, each story to a draft."""
