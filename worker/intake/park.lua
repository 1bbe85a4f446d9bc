-- Put entries aside until a due time. The entry stays in the stream (with its id, and counted in the backlog) but
-- leaves the pending list, so that no scan for dead workers' entries meets it.
--
-- KEYS  intake, parked, parking
-- ARGV  group, then for each entry: id, wait in ms, deliveries, attempts, cause
-- returns  how many were parked: an entry that another worker has meanwhile settled is left alone
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count = 0
for i = 2, #ARGV, 5 do
  if redis.call('XACK', KEYS[1], ARGV[1], ARGV[i]) == 1 then
    redis.call('ZADD', KEYS[2], now + ARGV[i + 1], ARGV[i])
    redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 2] .. ' ' .. ARGV[i + 3] .. ' ' .. ARGV[i + 4])
    count = count + 1
  end
end
return count
