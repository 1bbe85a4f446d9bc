"""Producers: what crawlers and archives have, handed to the client; each file stands for one tool."""
