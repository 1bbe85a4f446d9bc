-- Put a dead letter back into the articles stream, for its sink alone.
--
-- KEYS  dead letters, articles        ARGV  id in dead letters, sink        returns  1, or 0 where it is not there
local entry = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not entry then return 0 end
local fields = {}
for i = 1, #entry[2], 2 do
  local name = entry[2][i]
  if string.sub(name, 1, 2) ~= 'd_' and name ~= 'for' then
    fields[#fields + 1] = name
    fields[#fields + 1] = entry[2][i + 1]
  end
end
redis.call('XDEL', KEYS[1], ARGV[1])  -- the first write frees memory, so the script also runs on a full server
redis.call('XADD', KEYS[2], '*', 'for', ARGV[2], unpack(fields))
return 1
