-- Renew the lease on entries that are still ours; the delivery count stays.
--
-- KEYS  intake        ARGV  group, consumer, ids …        returns  the ids that are still ours
local kept = {}
for i = 3, #ARGV do
  local row = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1)[1]
  if row and row[2] == ARGV[2] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', 0, 'JUSTID')
    kept[#kept + 1] = ARGV[i]
  end
end
return kept
