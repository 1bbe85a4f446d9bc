"""One field of a page each, out of what the page declares: the statements, how they are weighed, what is in doubt."""
