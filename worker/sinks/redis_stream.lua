-- Add a batch's records to a stream unless the batch was added before.
--
-- KEYS  stream, cursor        ARGV  source, last id's ms and seq, maxlen (0: keep all), then record id, message id, JSON …
-- returns  how many records were added
--
-- Batches of one source come in order, so the last id added tells which are new.
local at = redis.call('HGET', KEYS[2], KEYS[1] .. '|' .. ARGV[1])
local ms, seq = tonumber(ARGV[2]), tonumber(ARGV[3])
if at then
  local had_ms, had_seq = string.match(at, '^(%d+)-(%d+)$')
  had_ms, had_seq = tonumber(had_ms), tonumber(had_seq)
  if ms < had_ms or (ms == had_ms and seq <= had_seq) then return 0 end
end
local added = 0
for i = 5, #ARGV, 3 do
  if ARGV[4] == '0' then
    redis.call('XADD', KEYS[1], '*', 'id', ARGV[i], 'message', ARGV[i + 1], 'record', ARGV[i + 2])
  else
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*', 'id', ARGV[i], 'message', ARGV[i + 1], 'record', ARGV[i + 2])
  end
  added = added + 1
end
redis.call('HSET', KEYS[2], KEYS[1] .. '|' .. ARGV[1], ARGV[2] .. '-' .. ARGV[3])
return added
