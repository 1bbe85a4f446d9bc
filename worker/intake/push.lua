-- Admission: add all entries of a batch, or none because the lane is too full.
--
-- KEYS  intake, admission, then a key for each idempotency key that is named
-- ARGV  how long an idempotency key is remembered in ms, number of entries, then for each entry:
--       which of the further keys is its own (0: none), number of arguments, fields and values …
-- returns  {1, id …}, the earlier id where the idempotency key is known; {0, entries, bytes} of a lane that is too full
--
-- `admission` holds the marks, which workers write when they start (0 or missing: no limit), and what the estimate
-- needs: `bytes` and `entries` of the backlog after the last push. The backlog's bytes are taken to have shrunk, or
-- grown by entries added otherwise, as its length has; an empty lane makes the estimate exact again. Past a high mark
-- the lane is closed until it is below both low marks, so that producers do not knock at each entry that leaves.
-- A batch is never refused by an empty lane, however large it is.
local intake, admission = KEYS[1], KEYS[2]
local hold, count = ARGV[1], tonumber(ARGV[2])
local row = redis.call('HMGET', admission, 'entries', 'bytes', 'closed',
  'high_entries', 'low_entries', 'high_bytes', 'low_bytes')
local function number(i) return tonumber(row[i]) or 0 end
local backlog = redis.call('XLEN', intake)
local held = number(1) > 0 and number(2) * backlog / number(1) or 0
local high_entries, low_entries, high_bytes, low_bytes = number(4), number(5), number(6), number(7)

local known, new, bytes, at = {}, 0, 0, 3
for _ = 1, count do
  local key, most = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local earlier = key > 0 and redis.call('GET', KEYS[2 + key])
  if earlier then
    known[key] = earlier
  else
    new = new + 1
    for i = at + 2, at + 1 + most do bytes = bytes + #ARGV[i] end
  end
  at = at + 2 + most
end

local function over(entries, bytes_now, most_entries, most_bytes)
  return (most_entries > 0 and entries > most_entries) or (most_bytes > 0 and bytes_now > most_bytes)
end
if new > 0 and backlog > 0 then
  if row[3] and over(backlog, held, low_entries, low_bytes) then return {0, backlog, math.floor(held)} end
  if over(backlog + new, held + bytes, high_entries, high_bytes) then
    redis.call('HSET', admission, 'closed', 1)
    return {0, backlog, math.floor(held)}
  end
end

local answer = {1}
at = 3
for _ = 1, count do
  local key, most = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local id = known[key]
  if not id then
    id = redis.call('XADD', intake, '*', unpack(ARGV, at + 2, at + 1 + most))
    if key > 0 then
      redis.call('SET', KEYS[2 + key], id, 'PX', hold)
      known[key] = id
    end
  end
  answer[#answer + 1] = id
  at = at + 2 + most
end
if new > 0 then
  redis.call('HSET', admission, 'entries', backlog + new, 'bytes', string.format('%.0f', held + bytes))
  if row[3] then redis.call('HDEL', admission, 'closed') end
end
return answer
