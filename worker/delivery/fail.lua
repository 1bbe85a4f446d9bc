-- Leave a batch open after a failure; it may be taken up after the wait.
--
-- KEYS  batch        ARGV  consumer, wait in ms, failed | bug | died
-- returns  1, or 0 where another worker has taken it over
--
-- `died` leaves the state as it is: whoever takes the batch up sees that nobody closed it, and counts that.
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'until', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2])
if ARGV[3] ~= 'died' then
  redis.call('HSET', KEYS[1], 'state', 'waiting')
  redis.call('HINCRBY', KEYS[1], ARGV[3] == 'bug' and 'bugs' or 'failed', 1)
end
return 1
