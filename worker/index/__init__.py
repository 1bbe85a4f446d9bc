"""The dedupe index: reserve, finalise, release; in Redis, and an in-memory twin under the same contract."""
