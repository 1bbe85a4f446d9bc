-- Move a payload from quarantine back to the intake; what quarantine added to it stays behind.
--
-- KEYS  quarantine, intake        ARGV  id in quarantine        returns  the new intake id, or false
local row = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not row then return false end
local fields = {}
for i = 1, #row[2], 2 do
  if string.sub(row[2][i], 1, 2) ~= 'q_' then
    fields[#fields + 1] = row[2][i]
    fields[#fields + 1] = row[2][i + 1]
  end
end
if #fields == 0 then fields = {'payload', ''} end
local id = redis.call('XADD', KEYS[2], '*', unpack(fields))
redis.call('XDEL', KEYS[1], ARGV[1])
return id
