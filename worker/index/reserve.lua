-- Reserve articles for their owners and return, for each, the prints that may be its originals; one atomic step.
--
-- KEYS[1]  any key of the index, for its hash slot
-- ARGV     prefix, window in ms, hold in ms, most documents (0: no limit),
--          then for each article: owner, digest of payload and part, print, features
-- returns  for each article: {its number, {number, 1 if not final and another owner's, lede, body, by, print} …}
--
-- A feature is 8 bytes: its kind (0 id, 1 text, 2 address, 3 title, 4 lede, 5 body), 4 of address, 3 of tag.
-- `by` adds 1 for the text, 2 for an address, 4 for the title. Keys and layout: docs/dedupe.md.
local prefix, window, hold, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local now = index_now()
local pending_key = prefix .. 'w'

-- The first write frees memory, if anything: a script that has written may go on when the server is at maxmemory,
-- so a full server can be drained.
redis.call('DEL', prefix .. 'nothing')

local head = redis.call('HMGET', prefix .. 'm', 'generation', 'window', 'most')
if head[2] ~= ARGV[2] or head[3] ~= most then redis.call('HSET', prefix .. 'm', 'window', ARGV[2], 'most', most) end

-- A reservation that was neither finalised nor released in time counts for nothing: its entry was dead for so long,
-- or is gone (deleted by hand), and nobody may wait for it for ever.
local asking = {}
for i = 5, #ARGV, 4 do asking[ARGV[i]] = true end
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', prefix .. 'h', '-inf', '(' .. now, 'LIMIT', 0, 8)) do
  if not asking[dead] then index_release(prefix, dead) end
end

local generations = index_generations(prefix, tonumber(head[1]))
local oldest = math.floor((now - window) / 1000)

local function print_of(number)
  if number >= PENDING then return redis.call('HGET', pending_key, 'r' .. number) end
  local print = index_print(prefix, generations, number)
  if print and struct.unpack('<I4', print) < oldest then return nil end
  return print
end

local rows = {}
for i = 5, #ARGV, 4 do
  local owner, payload, print, features = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local owner_key = prefix .. 'o:' .. owner
  local own = redis.call('HGET', owner_key, payload)
  local number = own and struct.unpack('<I4', own)
  local hits, order = {}, {}

  local function hit(found, kind)
    local counts = hits[found]
    if not counts then
      counts = {0, 0, 0}
      hits[found] = counts
      order[#order + 1] = found
    end
    if kind == 4 then counts[1] = counts[1] + 1
    elseif kind == 5 then counts[2] = counts[2] + 1
    elseif kind >= 1 then counts[3] = bit.bor(counts[3], bit.lshift(1, kind - 1)) end
  end

  -- One MGET for all postings and one HMGET for all reservations: a call from Lua costs more than what it does.
  local keys, kinds, tags, waiting_keys = {}, {}, {}, {}
  for at = 1, #features, 8 do
    local kind, address = struct.unpack('<BI4', features, at)
    if kind > 0 then
      waiting_keys[#waiting_keys + 1] = string.sub(features, at, at + 7)
      for _, generation in ipairs(generations) do
        keys[#keys + 1] = index_bucket(prefix, generation, address)
        kinds[#keys], tags[#keys] = kind, string.sub(features, at + 5, at + 7)
      end
    end
  end
  local buckets = #keys > 0 and redis.call('MGET', unpack(keys)) or {}
  for place = 1, #keys do
    local _, numbers = index_find(buckets[place] or '', tags[place])
    for _, found in ipairs(numbers) do hit(found, kinds[place]) end
  end
  local waiting = redis.call('HMGET', pending_key, unpack(waiting_keys))
  for place = 1, #waiting_keys do
    local numbers = waiting[place]
    for at = 1, numbers and #numbers or 0, 4 do
      local found = struct.unpack('<I4', numbers, at)
      if not number or found < number then hit(found, string.byte(waiting_keys[place])) end
    end
  end
  table.sort(order, function(one, other)
    local a, b = hits[one], hits[other]
    if (a[3] > 0) ~= (b[3] > 0) then return a[3] > 0 end
    if a[1] + a[2] ~= b[1] + b[2] then return a[1] + a[2] > b[1] + b[2] end
    if (one < PENDING) ~= (other < PENDING) then return one < PENDING end  -- else twins in work would crowd it out
    return one > other
  end)

  local row, prints, parents = {}, {}, {}
  local taken = 0
  for _, candidate in ipairs(order) do
    if taken == 5 then break end
    local raw = print_of(candidate)
    local foreign = 0
    if raw and candidate >= PENDING then
      local held = cmsgpack.unpack(raw)
      raw = held[3]
      if held[1] ~= owner then
        foreign = 1
        if held[2] < now then  -- its place is taken: should it come back, it is judged anew
          index_release(prefix, held[1])
          raw = nil
        end
      end
    end
    if raw then
      taken = taken + 1
      prints[candidate] = true
      row[#row + 1] = {candidate, foreign, hits[candidate][1], hits[candidate][2], hits[candidate][3], raw}
      local parent = struct.unpack('<I4', raw, 5)
      if parent > 0 then parents[#parents + 1] = parent end
    end
  end
  for _, parent in ipairs(parents) do
    if not prints[parent] and parent < PENDING then
      prints[parent] = true
      local raw = print_of(parent)
      local counts = hits[parent] or {0, 0, 0}
      if raw then row[#row + 1] = {parent, 0, counts[1], counts[2], counts[3], raw} end
    end
  end

  local writes = {}
  if not number then
    number = PENDING + redis.call('HINCRBY', prefix .. 'm', 'pending', 1) % PENDING
    local packed = struct.pack('<I4', number)
    redis.call('HSET', owner_key, payload, packed .. features)
    for place = 1, #waiting_keys do
      local before = waiting[place] or ''
      if #before < WAITING then
        writes[#writes + 1] = waiting_keys[place]
        writes[#writes + 1] = before .. packed
      end
    end
  end
  writes[#writes + 1] = 'r' .. number
  writes[#writes + 1] = cmsgpack.pack({owner, now + hold, print})
  redis.call('HSET', pending_key, unpack(writes))
  rows[#rows + 1] = {number, row}
end
for owner in pairs(asking) do redis.call('ZADD', prefix .. 'h', now + hold, owner) end
return rows
