-- Commit a batch: for each entry that is still pending, its records and its quarantine entry appear, its dedupe
-- reservation ends and the entry goes, all or nothing.
--
-- KEYS  intake, articles, quarantine, parking, stats, trace, held, holding, archive, state, recent, newer, outbox
-- ARGV  group, index prefix, lane name, how many verdicts the trace holds, how many entries the guard looks back on,
--       and past how many failures among these it stops the lane; then for each entry:
--       id, owner, digest of the payload where it is to be archived, number of records,
--       (record id, verdict or kind of event, delivery, JSON, trace, message id, held until, lesson) …,
--       number of settlements, settlement …, 0 or 1, and after a 1: cause, detail, history
-- returns  the ids that were committed
--
-- XACK == 1 is the fence: an entry that another worker has meanwhile settled is skipped, so there is one output an
-- entry. XACK is also the first write, which is why the script still runs when the server is at maxmemory.
local intake, articles, quarantine, parking, stats, trace = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local held, holding, archive = KEYS[7], KEYS[8], KEYS[9]
local state, recent, newer = KEYS[10], KEYS[11], KEYS[12]
local group, index = ARGV[1], ARGV[2]
local committed = {}
local at = 7
local window, most_bad = tonumber(ARGV[5]), tonumber(ARGV[6])

local RECORD = 8  -- arguments a record
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function count(name, by) redis.call('HINCRBY', stats, name, by) end

-- The payload's fields and what is added to them, for XADD. unpack() has a limit, so a strange entry is cut.
local function copy(id, extras)
  local entry = redis.call('XRANGE', intake, id, id)[1]
  local fields = {}
  for i = 1, math.min(entry and #entry[2] or 0, 2000) do fields[i] = entry[2][i] end
  for _, extra in ipairs(extras) do fields[#fields + 1] = extra end
  return fields
end

-- Note in the ring of the last entries whether this one failed, and stop the lane when too many did: a bad deploy must
-- not empty the intake into quarantine.
local function guard(failed)
  if window == 0 then return end
  local seen = redis.call('HINCRBY', state, 'seen', 1)
  local before = redis.call('SETBIT', recent, seen % window, failed)
  local bad = failed == before and tonumber(redis.call('HGET', state, 'bad') or '0')
      or redis.call('HINCRBY', state, 'bad', failed - before)
  if seen >= window and bad > most_bad and redis.call('HEXISTS', state, 'stopped') == 0 then
    redis.call('HSET', state, 'stopped', now, 'reason',
      bad .. ' of the last ' .. window .. ' payloads failed; see copydesk quarantine ls')
  end
end

-- A record that is withdrawn while it is still held back is never delivered.
local function drop_held(record)
  if redis.call('ZCARD', holding) == 0 then return end
  for _, entry in ipairs(redis.call('XRANGE', held, '-', '+')) do
    if entry[2][2] == record then
      redis.call('XDEL', held, entry[1])
      redis.call('ZREM', holding, entry[1])
    end
  end
end

while at <= #ARGV do
  local id, owner, digest, records = ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
  at = at + 4
  local first_record = at
  at = at + records * RECORD
  local settlements = {}
  for i = 1, tonumber(ARGV[at]) do settlements[i] = ARGV[at + i] end
  at = at + 1 + #settlements
  local rejected = ARGV[at] == '1'
  at = at + 1
  local cause, detail, history
  if rejected then
    cause, detail, history = ARGV[at], ARGV[at + 1], ARGV[at + 2]
    at = at + 3
  end
  if redis.call('XACK', intake, group, id) == 1 then
    local traces = {}
    for i = first_record, first_record + records * RECORD - 1, RECORD do
      local record, verdict, delivery, line, message = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 4], ARGV[i + 5]
      local event = line == ''
      if delivery ~= 'drop' then
        local fields = {'id', record, 'verdict', verdict, 'entry', id, 'record', ARGV[i + 3]}
        if message ~= '' then
          fields[9], fields[10] = 'message', message
        end
        if tonumber(ARGV[i + 6]) > now then
          redis.call('ZADD', holding, ARGV[i + 6], redis.call('XADD', held, '*', unpack(fields)))
        else
          redis.call('XADD', articles, '*', unpack(fields))
        end
      end
      if event then
        if verdict == 'withdrawn' then drop_held(record) end
        count('event.' .. verdict, 1)
      else
        if ARGV[4] ~= '0' then
          redis.call('XADD', trace, 'MAXLEN', '~', ARGV[4], '*', 'id', record, 'entry', id, 'trace', line)
        end
        traces[#traces + 1] = line
        count('verdict.' .. verdict, 1)
        count('delivery.' .. delivery, 1)
        count('records', 1)
      end
      if ARGV[i + 7] ~= '' then repeats_learn(index, ARGV[i + 7]) end
    end
    if rejected and cause == 'version_unsupported' then
      redis.call('XADD', newer, '*', unpack(copy(id, {'q_entry', id})))
      count('newer', 1)
    elseif rejected then
      -- The payload is copied here, in the server: it need not travel back.
      redis.call('XADD', quarantine, '*', unpack(copy(id, {
        'q_cause', cause, 'q_detail', detail, 'q_entry', id, 'q_lane', ARGV[3], 'q_history', history})))
      count('quarantined', 1)
      count('cause.' .. cause, 1)
    end
    if cause ~= 'version_unsupported' then guard(rejected and 1 or 0) end
    if digest ~= '' and cause ~= 'version_unsupported' then
      redis.call('XADD', archive, '*', unpack(copy(id, {
        'a_entry', id, 'a_lane', ARGV[3], 'a_digest', digest, 'a_cause', cause or '',
        'a_records', '[' .. table.concat(traces, ',') .. ']'})))
    end
    if records > 0 then index_finalise(index, owner, settlements) else index_release(index, owner) end
    redis.call('XDEL', intake, id)
    redis.call('HDEL', parking, id)
    count('entries', 1)
    committed[#committed + 1] = id
  end
end
if #committed > 0 then redis.call('HSET', state, 'progress', now) end
return committed
