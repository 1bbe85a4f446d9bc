"""JSON articles by shape: one file a shape, each told by its own keys; `choose` lists them."""
