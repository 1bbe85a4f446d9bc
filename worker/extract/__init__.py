"""The article out of a page: main text, and fields with the witness each came from."""
