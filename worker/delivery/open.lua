-- Open a sink's next batch on one articles stream, or take up the one that a dead worker left.
--
-- KEYS  articles, batch
-- ARGV  sink (its consumer group), consumer, most records, most bytes, linger in ms, lease in ms, longest wait in ms
-- returns  {} when there is nothing to do now, else
--          {failed attempts, attempts that met a bug or died, first id, last id, {id, fields} …}
--
-- The ids of the batch are written down before anything is uploaded, and one batch is open at a time: every retry,
-- by whichever worker, delivers the same records under the same batch name.
local articles, batch = KEYS[1], KEYS[2]
local sink, me = ARGV[1], ARGV[2]
local most, most_bytes, linger, lease = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local longest = tonumber(ARGV[7])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- An entry with a field `for` is meant for that sink alone: a dead letter that was put back.
-- Gives the row and its bytes.
local function row_of(entry)
  local bytes, only
  local fields = entry[2]
  for i = 1, #fields, 2 do
    if fields[i] == 'record' or fields[i] == 'payload' or fields[i] == 'ref' then bytes = (bytes or 0) + #fields[i + 1]
    elseif fields[i] == 'for' then only = fields[i + 1] end
  end
  if not bytes or (only and only ~= sink) then return nil end
  return {entry[1], fields}, bytes
end

local held = redis.call('HMGET', batch, 'ids', 'until', 'state', 'failed', 'bugs')
if held[1] then
  local until_ms = tonumber(held[2])
  -- A time that lies too far ahead is of a clock that was set back since: it binds nobody.
  if now < until_ms and until_ms - now <= longest then return {} end
  local failed, bugs = tonumber(held[4] or '0'), tonumber(held[5] or '0')
  if held[3] == 'open' then bugs = bugs + 1 end  -- nobody closed it nor put it off: its process died or hung
  redis.call('HSET', batch, 'owner', me, 'until', now + lease, 'state', 'open', 'bugs', bugs)
  local rows = {failed, bugs, false, false}
  for id in string.gmatch(held[1], '%S+') do
    rows[3] = rows[3] or id
    rows[4] = id
    local entry = redis.call('XRANGE', articles, id, id)[1]
    local row = entry and row_of(entry)
    if row then rows[#rows + 1] = row end
  end
  return rows
end

local last, lag
for _, info in ipairs(redis.call('XINFO', 'GROUPS', articles)) do
  local group = {}
  for i = 1, #info, 2 do group[info[i]] = info[i + 1] end
  if group['name'] == sink then last, lag = group['last-delivered-id'], group['lag'] end
end
if not last then return redis.error_reply('NOGROUP no consumer group ' .. sink) end
local first = redis.call('XRANGE', articles, '(' .. last, '+', 'COUNT', 1)[1]
if not first then return {} end
local waiting = lag or redis.call('XLEN', articles)
local age = now - tonumber(string.match(first[1], '^%d+'))
if waiting < most and age < linger and age >= 0 then return {} end

local rows, ids, bytes = {0, 0, false, false}, {}, 0
while #ids < most and bytes < most_bytes do
  local read = redis.call('XREADGROUP', 'GROUP', sink, me, 'COUNT', 1, 'STREAMS', articles, '>')
  if not read then break end
  local entry = read[1][2][1]
  local row, size = row_of(entry)
  if row then
    bytes = bytes + size
    ids[#ids + 1] = entry[1]
    rows[#rows + 1] = row
  else
    redis.call('XACK', articles, sink, entry[1])
  end
end
if #ids == 0 then return {} end
rows[3], rows[4] = ids[1], ids[#ids]
redis.call('HSET', batch, 'ids', table.concat(ids, ' '), 'owner', me, 'until', now + lease, 'state', 'open',
           'failed', 0, 'bugs', 0)
return rows
