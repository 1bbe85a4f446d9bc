"""The way out: one file a destination; `delivery` opens and closes their batches."""
