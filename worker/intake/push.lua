-- Add an entry unless the producer's idempotency key was added before.
--
-- KEYS  intake, sent        ARGV  how long the key is remembered in ms, fields and values …
-- returns  the id of the entry, the earlier one where the key is known
local known = redis.call('GET', KEYS[2])
if known then return known end
local id = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
redis.call('SET', KEYS[2], id, 'PX', ARGV[1])
return id
