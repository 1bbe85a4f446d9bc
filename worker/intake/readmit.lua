-- Put entries of newer contract versions back into the intake, as far as this worker knows them.
--
-- KEYS  newer, intake        ARGV  the newest version that is known, most entries        returns  how many
local count = 0
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[2])) do
  local fields, version = {}, nil
  for i = 1, #entry[2], 2 do
    if entry[2][i] == 'v' then version = tonumber(entry[2][i + 1]) end
    if entry[2][i] ~= 'q_entry' then
      fields[#fields + 1] = entry[2][i]
      fields[#fields + 1] = entry[2][i + 1]
    end
  end
  if version and version <= tonumber(ARGV[1]) then
    redis.call('XDEL', KEYS[1], entry[1])
    redis.call('XADD', KEYS[2], '*', unpack(fields))
    count = count + 1
  end
end
return count
