-- Open a sink's next batch on one articles stream, or take up the one that a dead worker left.
--
-- KEYS  articles, batch
-- ARGV  sink (its consumer group), consumer, most records, most bytes, linger in ms, lease in ms
-- returns  {} when there is nothing to do now, else {attempts, {id, JSON} …}
--
-- The ids of the batch are written down before anything is uploaded, and one batch is open at a time: every retry,
-- by whichever worker, delivers the same records under the same batch name.
local articles, batch = KEYS[1], KEYS[2]
local sink, me = ARGV[1], ARGV[2]
local most, most_bytes, linger, lease = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function record_of(fields)
  for i = 1, #fields, 2 do
    if fields[i] == 'record' then return fields[i + 1] end
  end
end

local held = redis.call('HGET', batch, 'ids')
if held then
  if now < tonumber(redis.call('HGET', batch, 'until')) then return {} end
  local attempts = redis.call('HINCRBY', batch, 'attempts', 1)
  redis.call('HSET', batch, 'owner', me, 'until', now + lease)
  local rows = {attempts}
  for id in string.gmatch(held, '%S+') do
    local entry = redis.call('XRANGE', articles, id, id)[1]
    if entry then rows[#rows + 1] = {id, record_of(entry[2])} end
  end
  return rows
end

local last, lag
for _, row in ipairs(redis.call('XINFO', 'GROUPS', articles)) do
  local group = {}
  for i = 1, #row, 2 do group[row[i]] = row[i + 1] end
  if group['name'] == sink then last, lag = group['last-delivered-id'], group['lag'] end
end
if not last then return redis.error_reply('NOGROUP no consumer group ' .. sink) end
local first = redis.call('XRANGE', articles, '(' .. last, '+', 'COUNT', 1)[1]
if not first then return {} end
local waiting = lag or redis.call('XLEN', articles)
if waiting < most and now - tonumber(string.match(first[1], '^%d+')) < linger then return {} end

local rows, ids, bytes = {0}, {}, 0
while #ids < most and bytes < most_bytes do
  local read = redis.call('XREADGROUP', 'GROUP', sink, me, 'COUNT', 1, 'STREAMS', articles, '>')
  if not read then break end
  local entry = read[1][2][1]
  local json = record_of(entry[2])
  if json then
    bytes = bytes + #json
    ids[#ids + 1] = entry[1]
    rows[#rows + 1] = {entry[1], json}
  else
    redis.call('XACK', articles, sink, entry[1])
  end
end
if #ids == 0 then return {} end
redis.call('HSET', batch, 'ids', table.concat(ids, ' '), 'owner', me, 'until', now + lease, 'attempts', 0)
return rows
