-- Read again what this consumer holds: after a lost connection it may hold entries whose reply never came.
-- Not counted as deliveries: the payloads are not to blame.
--
-- KEYS  intake, parking        ARGV  group, consumer, most entries        returns  {id, deliveries, attempts, fields} for each
local claimed = {}
for _, row in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', ARGV[3], ARGV[2])) do
  local entry = redis.call('XRANGE', KEYS[1], row[1], row[1])[1]
  if entry then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, row[1], 'IDLE', 0, 'JUSTID')
    local attempts = string.match(redis.call('HGET', KEYS[2], row[1]) or '', '^%d+ (%d+)') or 0
    claimed[#claimed + 1] = {row[1], row[4], tonumber(attempts), entry[2]}
  else
    redis.call('XACK', KEYS[1], ARGV[1], row[1])
  end
end
return claimed
