-- Say whether a sink has something to do on an articles stream: 1 or 0.
--
-- KEYS  articles, batch        ARGV  sink, most records, linger in ms, longest wait in ms
--
-- Times that lie too far ahead are of a clock that was set back since: they bind nobody.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held_until = redis.call('HGET', KEYS[2], 'until')
if held_until then
  held_until = tonumber(held_until)
  return (now >= held_until or held_until - now > tonumber(ARGV[4])) and 1 or 0
end
if redis.call('XLEN', KEYS[1]) == 0 then return 0 end
local last, lag
for _, row in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for i = 1, #row, 2 do group[row[i]] = row[i + 1] end
  if group['name'] == ARGV[1] then last, lag = group['last-delivered-id'], group['lag'] end
end
if not last then return redis.error_reply('NOGROUP no consumer group ' .. ARGV[1]) end
local first = redis.call('XRANGE', KEYS[1], '(' .. last, '+', 'COUNT', 1)[1]
if not first then return 0 end
local waiting = lag or redis.call('XLEN', KEYS[1])
if waiting >= tonumber(ARGV[2]) then return 1 end
local age = now - tonumber(string.match(first[1], '^%d+'))
return (age >= tonumber(ARGV[3]) or age < 0) and 1 or 0
