-- Leave a batch open after a failure; it may be taken up after the wait.
--
-- KEYS  batch        ARGV  consumer, wait in ms        returns  1, or 0 where another worker has taken it over
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'until', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2])
return 1
