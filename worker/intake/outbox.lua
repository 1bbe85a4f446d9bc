-- What the commit does to the dedupe index where that lies on another node of a Cluster: it is written down here, in the
-- same step as the records, and applied a moment later (worker/intake/outbox.py).
--
-- KEYS[13]  outbox: hash by owner, of {1 to finalise or 0 to release, settlements, lessons}
local lessons = {}

local function repeats_learn(_, lesson) lessons[#lessons + 1] = lesson end

local function index_written(owner, final, settlements)
  redis.call('HSET', KEYS[13], owner, cmsgpack.pack({final, settlements, lessons}))
  lessons = {}
end

local function index_finalise(_, owner, settlements) index_written(owner, 1, settlements) end

local function index_release(_, owner) index_written(owner, 0, {}) end

