-- Add the events of an open batch to its articles stream, once however often the batch is run.
--
-- KEYS  articles, batch        ARGV  consumer, then for each event: record id, message id, JSON
-- returns  how many were added; 0 where they were added before, or another worker has taken the batch over
if redis.call('HGET', KEYS[2], 'owner') ~= ARGV[1] or redis.call('HGET', KEYS[2], 'emitted') then return 0 end
local count = 0
for i = 2, #ARGV, 3 do
  redis.call('XADD', KEYS[1], '*', 'id', ARGV[i], 'message', ARGV[i + 1], 'verdict', 'event', 'record', ARGV[i + 2])
  count = count + 1
end
redis.call('HSET', KEYS[2], 'emitted', 1)
return count
