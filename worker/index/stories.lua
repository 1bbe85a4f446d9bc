-- Place an article in a story, if nobody has placed another one since the caller looked.
--
-- KEYS  log
-- ARGV  prefix, id of the last update that the caller knows, record id, story, vector, words, arrived (seconds),
--       most updates in the log, most members of a story, seconds to keep
-- returns  {story, size, first seen, whether it was placed before}, or nil when the caller has to look again
local log, prefix, known, record, story = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local of = prefix .. 's:of:' .. record
local before = redis.call('GET', of)
if before then
  local row = redis.call('HMGET', prefix .. 's:' .. before, 'size', 'first')
  return {before, row[1] or '1', row[2] or ARGV[7], 1}
end
local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
if (last and last[1] or '0-0') ~= known then return false end
redis.call('XADD', log, 'MAXLEN', '~', ARGV[8], '*', 's', story, 'v', ARGV[5], 'w', ARGV[6], 'a', ARGV[7])
local key = prefix .. 's:' .. story
redis.call('HSETNX', key, 'first', ARGV[7])
local latest = redis.call('HGET', key, 'last')
if not latest or tonumber(latest) < tonumber(ARGV[7]) then redis.call('HSET', key, 'last', ARGV[7]) end
local size = redis.call('HINCRBY', key, 'size', 1)
redis.call('RPUSH', key .. ':m', record)
redis.call('LTRIM', key .. ':m', -ARGV[9], -1)
redis.call('SET', of, story, 'EX', ARGV[10])
redis.call('EXPIRE', key, ARGV[10])
redis.call('EXPIRE', key .. ':m', ARGV[10])
redis.call('EXPIRE', log, ARGV[10])
return {story, tostring(size), redis.call('HGET', key, 'first'), 0}
