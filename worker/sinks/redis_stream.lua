-- Add a batch's records to a stream; stands below the cursor of worker/redis_target.py.
--
-- ARGV  from 4: maxlen (0: keep all), then record id, message id, JSON …      returns  how many records were added
local added = 0
for i = 5, #ARGV, 3 do
  if ARGV[4] == '0' then
    redis.call('XADD', KEYS[1], '*', 'id', ARGV[i], 'message', ARGV[i + 1], 'record', ARGV[i + 2])
  else
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*', 'id', ARGV[i], 'message', ARGV[i + 1], 'record', ARGV[i + 2])
  end
  added = added + 1
end
return moved(added)
