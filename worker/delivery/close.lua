-- Close a delivered batch: records that were refused become dead letters, all are acknowledged, and the articles
-- stream is trimmed to what every sink has acknowledged.
--
-- KEYS  articles, batch, stats, dead letters
-- ARGV  sink, consumer, batch name, then for each refused record: entry id, cause, detail
-- returns  how many records were acknowledged; 0 where another worker has taken the batch over
local articles, batch, stats, dead = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local sink = ARGV[1]
if redis.call('HGET', batch, 'owner') ~= ARGV[2] then return 0 end
-- XACK is the first write, so the script also runs on a server at maxmemory.
local acknowledged = 0
for id in string.gmatch(redis.call('HGET', batch, 'ids'), '%S+') do
  acknowledged = acknowledged + redis.call('XACK', articles, sink, id)
end
local refused = 0
for i = 4, #ARGV, 3 do
  -- The record is copied here, in the server, in the same step that acknowledges it.
  local entry = redis.call('XRANGE', articles, ARGV[i], ARGV[i])[1]
  if entry then
    local fields = entry[2]
    for _, extra in ipairs({'d_entry', ARGV[i], 'd_cause', ARGV[i + 1], 'd_detail', ARGV[i + 2], 'd_batch', ARGV[3]}) do
      fields[#fields + 1] = extra
    end
    redis.call('XADD', dead, '*', unpack(fields))
    refused = refused + 1
  end
end
redis.call('DEL', batch)
redis.call('HINCRBY', stats, 'delivered.' .. sink, acknowledged - refused)
if refused > 0 then redis.call('HINCRBY', stats, 'refused.' .. sink, refused) end

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
