-- Deliver records whose embargo is over.
--
-- KEYS  holding, held, articles        returns  how many were released
--
-- At most a hundred a call; called about once a second.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 100)
for _, id in ipairs(due) do
  redis.call('ZREM', KEYS[1], id)
  local entry = redis.call('XRANGE', KEYS[2], id, id)[1]
  if entry then
    redis.call('XADD', KEYS[3], '*', unpack(entry[2]))
    redis.call('XDEL', KEYS[2], id)
  end
end
return #due
