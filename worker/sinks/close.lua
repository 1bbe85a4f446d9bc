-- Close a delivered batch, and trim the articles stream to what every sink has acknowledged.
--
-- KEYS  articles, batch, stats        ARGV  sink, consumer
-- returns  how many records were acknowledged; 0 where another worker has taken the batch over
local articles, batch = KEYS[1], KEYS[2]
if redis.call('HGET', batch, 'owner') ~= ARGV[2] then return 0 end
local acknowledged = 0
for id in string.gmatch(redis.call('HGET', batch, 'ids'), '%S+') do
  acknowledged = acknowledged + redis.call('XACK', articles, ARGV[1], id)
end
redis.call('DEL', batch)
redis.call('HINCRBY', KEYS[3], 'delivered.' .. ARGV[1], acknowledged)

local function parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end

local keep_ms, keep_seq
for _, row in ipairs(redis.call('XINFO', 'GROUPS', articles)) do
  local group = {}
  for i = 1, #row, 2 do group[row[i]] = row[i + 1] end
  local ms, seq
  if group['pending'] > 0 then
    ms, seq = parts(redis.call('XPENDING', articles, group['name'])[2])
  else
    ms, seq = parts(group['last-delivered-id'])
    seq = seq + 1
  end
  if not keep_ms or ms < keep_ms or (ms == keep_ms and seq < keep_seq) then keep_ms, keep_seq = ms, seq end
end
redis.call('XTRIM', articles, 'MINID', string.format('%.0f-%.0f', keep_ms, keep_seq))
return acknowledged
