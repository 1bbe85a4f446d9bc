"""Object storage: objects that are created whole and never overwritten, and how records lie in them."""
