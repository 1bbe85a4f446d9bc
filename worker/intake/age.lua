-- Let the entries of dead consumers count as idle past the lease, so that they are taken over at once.
--
-- KEYS  intake        ARGV  group, lease in ms, consumers …        returns  how many entries were aged
local count = 0
for i = 3, #ARGV do
  for _, row in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 10000, ARGV[i])) do
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[i], 0, row[1], 'IDLE', ARGV[2] + 1, 'JUSTID')
    count = count + 1
  end
end
return count
