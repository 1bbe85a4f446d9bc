-- Commit a batch: for each entry that is still pending, its records and its quarantine entry appear, its dedupe
-- reservation ends and the entry goes, all or nothing.
--
-- KEYS  intake, articles, quarantine, parking, stats, trace
-- ARGV  group, index prefix, lane name, how many verdicts the trace holds, then for each entry:
--       id, owner, number of records, (record id, verdict, delivery, JSON, trace, lesson) …,
--       number of settlements, settlement …, 0 or 1, and after a 1: cause, detail, history
-- returns  the ids that were committed
--
-- XACK == 1 is the fence: an entry that another worker has meanwhile settled is skipped, so there is one output an
-- entry. XACK is also the first write, which is why the script still runs when the server is at maxmemory.
local intake, articles, quarantine, parking, stats, trace = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local group, index = ARGV[1], ARGV[2]
local committed = {}
local at = 5

local function count(name, by) redis.call('HINCRBY', stats, name, by) end

while at <= #ARGV do
  local id, owner, records = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  at = at + 3
  local first_record = at
  at = at + records * 6
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
    for i = first_record, first_record + records * 6 - 1, 6 do
      local record, verdict, delivery = ARGV[i], ARGV[i + 1], ARGV[i + 2]
      if delivery ~= 'drop' then
        redis.call('XADD', articles, '*', 'id', record, 'verdict', verdict, 'entry', id, 'record', ARGV[i + 3])
      end
      if ARGV[4] ~= '0' then
        redis.call('XADD', trace, 'MAXLEN', '~', ARGV[4], '*', 'id', record, 'entry', id, 'trace', ARGV[i + 4])
      end
      if ARGV[i + 5] ~= '' then repeats_learn(index, ARGV[i + 5]) end
      count('verdict.' .. verdict, 1)
      count('delivery.' .. delivery, 1)
    end
    if rejected then
      -- The payload is copied here, in the server: it need not travel back.
      local entry = redis.call('XRANGE', intake, id, id)[1]
      local fields = {}
      for i = 1, math.min(entry and #entry[2] or 0, 2000) do fields[i] = entry[2][i] end  -- unpack() has a limit
      for _, extra in ipairs({'q_cause', cause, 'q_detail', detail, 'q_entry', id, 'q_lane', ARGV[3],
                              'q_history', history}) do
        fields[#fields + 1] = extra
      end
      redis.call('XADD', quarantine, '*', unpack(fields))
      count('quarantined', 1)
      count('cause.' .. cause, 1)
    end
    if records > 0 then index_finalise(index, owner, settlements) else index_release(index, owner) end
    redis.call('XDEL', intake, id)
    redis.call('HDEL', parking, id)
    count('entries', 1)
    count('records', records)
    committed[#committed + 1] = id
  end
end
return committed
