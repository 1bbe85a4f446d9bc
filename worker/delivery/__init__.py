"""Delivery: batches of finished records on their way to the sinks, opened, put off, closed; dead letters, lag."""
