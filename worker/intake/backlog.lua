-- Say how much of a lane could be claimed.
--
-- KEYS  intake, parked, state        ARGV  group, lease in ms        returns  {claimable entries, stream length}
--
-- Nothing can be claimed of a lane that is stopped.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local length = redis.call('XLEN', KEYS[1])
if length == 0 then return {0, 0} end
if redis.call('HEXISTS', KEYS[3], 'stopped') == 1 then return {0, length} end
local parked = redis.call('ZCARD', KEYS[2])
local new = length - redis.call('XPENDING', KEYS[1], ARGV[1])[1] - parked
local due = parked > 0 and redis.call('ZCOUNT', KEYS[2], '-inf', now) or 0
local orphans = #redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[2], '-', '+', 100)
return {math.max(new, 0) + due + orphans, length}
