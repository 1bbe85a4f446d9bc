-- Claim entries: one whose worker died, else those parked whose time has come, then new ones.
--
-- KEYS  intake, parked, parking, state
-- ARGV  group, consumer, lease in ms, most entries, most bytes, among how many workers new entries are shared
-- returns  {id, deliveries, attempts, fields} for each entry
--
-- An entry that was delivered before, and so may have killed its process, is returned alone.
local intake, parked, parking = KEYS[1], KEYS[2], KEYS[3]
local group, me = ARGV[1], ARGV[2]
local lease, most, most_bytes, share = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if redis.call('HEXISTS', KEYS[4], 'stopped') == 1 then return {} end

local orphan = redis.call('XPENDING', intake, group, 'IDLE', lease, '-', '+', 1)[1]
if orphan then
  local taken = redis.call('XCLAIM', intake, group, me, lease, orphan[1])
  local attempts = string.match(redis.call('HGET', parking, orphan[1]) or '', '^%d+ (%d+)') or 0
  if taken[1] then
    redis.call('HINCRBY', KEYS[4], 'redelivered', 1)
    return {{orphan[1], orphan[4] + 1, tonumber(attempts), taken[1][2]}}
  end
  return {}
end

local claimed, bytes = {}, 0
local function add(id, deliveries, attempts, fields)
  for i = 2, #fields, 2 do bytes = bytes + #fields[i] end
  claimed[#claimed + 1] = {id, deliveries, attempts, fields}
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', parked, '-inf', now, 'LIMIT', 0, most)) do
  local deliveries, attempts = string.match(redis.call('HGET', parking, id) or '1 0', '^(%d+) (%d+)')
  deliveries = tonumber(deliveries)
  if deliveries > 1 and #claimed > 0 then break end
  redis.call('ZREM', parked, id)
  local taken = redis.call('XCLAIM', intake, group, me, 0, id, 'RETRYCOUNT', deliveries, 'FORCE')
  if taken[1] then
    add(id, deliveries, tonumber(attempts), taken[1][2])
    if deliveries > 1 then return claimed end
  else
    redis.call('HDEL', parking, id)
  end
  if bytes >= most_bytes then return claimed end
end

local new = redis.call('XLEN', intake) - redis.call('XPENDING', intake, group)[1] - redis.call('ZCARD', parked)
local fair = math.max(1, math.ceil(new / share))
most = math.min(most, #claimed + fair)
while #claimed < most and bytes < most_bytes do
  local read = redis.call('XREADGROUP', 'GROUP', group, me, 'COUNT', 1, 'STREAMS', intake, '>')
  if not read then break end
  local entry = read[1][2][1]
  if entry[2] then add(entry[1], 1, 0, entry[2]) end
end
return claimed
