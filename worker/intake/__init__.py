"""The way in: streams, claims, leases, commit, retry and quarantine, with their Lua scripts beside them."""
