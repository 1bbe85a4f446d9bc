"""Envelopes and archives: one payload in, the payloads within it out; pure."""
