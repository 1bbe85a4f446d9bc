"""Pure deduplication: what an article is compared by, and the words for what comes of it."""
