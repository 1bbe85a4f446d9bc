-- Functions of the dedupe index in Redis; reserve.lua and the commit script carry them.
--
-- All values are little-endian. A *generation* holds the documents of one window; two are alive. It keeps
--   g:<generation>            hash: first (number), started (ms), ends (ms), buckets, postings
--   f:<generation>:<bucket>   postings, 7 bytes each: 3 of tag, 4 of document number; of one tag the latest four
--   r:<generation>:<block>    prints of 16 documents, each after 2 bytes of length
-- and all of them expire at its end. Buckets grow by linear hashing (Litwin 1980), one split at a time, so that a
-- look-up costs the same at any size. Strings instead of hashes: no setting of the server has to be changed.
local PENDING = 2147483648  -- numbers from here on are reservations, in the order in which they were made
local BLOCK, ENTRY, BUCKETS, FILL = 16, 7, 4096, 112
local LATEST = 4  -- documents under one feature
local WAITING = 16 * 4  -- bytes: so many reservations are noted under one feature

local function index_now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Read the generations that are alive, the current one first.
local function index_generations(prefix, current)
  local alive = {}
  if not current then return alive end
  for generation = current, current - 1, -1 do
    local row = redis.call('HMGET', prefix .. 'g:' .. generation, 'first', 'started', 'ends', 'buckets', 'postings')
    if row[1] then
      alive[#alive + 1] = {name = generation, first = tonumber(row[1]), started = tonumber(row[2]),
                           ends = row[3], buckets = tonumber(row[4]), postings = tonumber(row[5])}
    end
  end
  return alive
end

local function index_size(buckets)  -- the largest power of two that is not more
  local size = BUCKETS
  while size * 2 <= buckets do size = size * 2 end
  return size
end

local function index_bucket(prefix, generation, address)
  local size = index_size(generation.buckets)
  local place = address % (size * 2)
  if place >= generation.buckets then place = address % size end
  return prefix .. 'f:' .. generation.name .. ':' .. string.format('%.0f', place)
end

-- Find where entries of a tag stand in a bucket, and the numbers that they hold.
local function index_find(bucket, tag)
  local places, numbers = {}, {}
  local at = string.find(bucket, tag, 1, true)
  while at do
    if (at - 1) % ENTRY == 0 then
      places[#places + 1] = at
      numbers[#places] = struct.unpack('<I4', bucket, at + 3)
    end
    at = string.find(bucket, tag, at + 1, true)
  end
  return places, numbers
end

-- Find a print: its block's key and content, and where in it the print begins and ends.
local function index_locate(prefix, generations, number)
  for _, generation in ipairs(generations) do
    if number >= generation.first then
      local place = number - generation.first
      local key = prefix .. 'r:' .. generation.name .. ':' .. math.floor(place / BLOCK)
      local block, at = redis.call('GET', key), 1
      for _ = 1, place % BLOCK do
        if not block or at > #block then return nil end
        at = at + 2 + struct.unpack('<I2', block, at)
      end
      if not block or at > #block then return nil end
      return key, block, at + 2, at + 1 + struct.unpack('<I2', block, at)
    end
  end
end

local function index_print(prefix, generations, number)
  local key, block, from, to = index_locate(prefix, generations, number)
  return key and string.sub(block, from, to)
end

local function index_withdraw(prefix, number)  -- sets the flag of 8 in byte 40 of the print
  local current = tonumber(redis.call('HGET', prefix .. 'm', 'generation'))
  local key, block, from = index_locate(prefix, index_generations(prefix, current), number)
  if not key then return end
  local flags = string.byte(block, from + 40)
  if flags % 16 < 8 then redis.call('SETRANGE', key, from + 39, string.char(flags + 8)) end
end

-- Split the next bucket in turn, by the next bit of its entries' addresses (bit 12 on is in the tag).
local function index_split(prefix, generation)
  local size = index_size(generation.buckets)
  local from, to = generation.buckets - size, generation.buckets
  local key = prefix .. 'f:' .. generation.name .. ':'
  local bucket = redis.call('GET', key .. string.format('%.0f', from))
  generation.buckets = generation.buckets + 1
  if not bucket then return end
  local stay, go, weight = {}, {}, size / BUCKETS
  for at = 1, #bucket, ENTRY do
    local low, middle, high = string.byte(bucket, at, at + 2)
    local tag = low + middle * 256 + high * 65536
    local part = math.floor(tag / weight) % 2 == 1 and go or stay
    part[#part + 1] = string.sub(bucket, at, at + ENTRY - 1)
  end
  if #go == 0 then return end
  redis.call('SET', key .. string.format('%.0f', to), table.concat(go), 'PXAT', generation.ends)
  if #stay == 0 then
    redis.call('DEL', key .. string.format('%.0f', from))
  else
    redis.call('SET', key .. string.format('%.0f', from), table.concat(stay), 'PXAT', generation.ends)
  end
end

local function index_post(prefix, generation, held, whole, number)
  local keys, tags = {}, {}
  for at = 5, #held, 8 do
    local kind, address = struct.unpack('<BI4', held, at)
    if whole or kind == 0 or kind == 2 then
      keys[#keys + 1] = index_bucket(prefix, generation, address)
      tags[#keys] = string.sub(held, at + 5, at + 7)
    end
  end
  local buckets, packed = redis.call('MGET', unpack(keys)), struct.pack('<I4', number)
  for place = 1, #keys do
    local bucket = buckets[place]
    local places, numbers = index_find(bucket or '', tags[place])
    if #places >= LATEST then
      local oldest = 1
      for i = 2, #places do if numbers[i] < numbers[oldest] then oldest = i end end
      redis.call('SETRANGE', keys[place], places[oldest] + 2, packed)
    else
      redis.call('APPEND', keys[place], tags[place] .. packed)
      if not bucket then redis.call('PEXPIREAT', keys[place], generation.ends) end
      generation.postings = generation.postings + 1
    end
  end
  while generation.postings > generation.buckets * FILL do index_split(prefix, generation) end
end

-- Give the generation to write to; begins a new one when the window is over, or early when the index is full.
local function index_current(prefix, number)
  local head = redis.call('HMGET', prefix .. 'm', 'generation', 'window', 'most')
  local current, window, most = tonumber(head[1]), tonumber(head[2]), tonumber(head[3])
  local now = index_now()
  local generation = index_generations(prefix, current)[1]
  if generation and generation.name == current then
    local full = most > 0 and number - generation.first >= most / 2
    if now - generation.started < window and not full then return generation end
    if full and now - generation.started < window then
      redis.call('HSET', prefix .. 'm', 'cut_at', now)
      redis.call('HINCRBY', prefix .. 'm', 'cut', 1)
      redis.call('RPUSH', prefix .. 'x', current - 1)
    end
  end
  local name = (current or 0) + 1
  local ends = string.format('%.0f', now + 2 * window + 3600000)
  local key = prefix .. 'g:' .. name
  redis.call('HSET', key, 'first', string.format('%.0f', number), 'started', string.format('%.0f', now),
             'ends', ends, 'buckets', BUCKETS, 'postings', 0)
  redis.call('PEXPIREAT', key, ends)
  redis.call('HSET', prefix .. 'm', 'generation', name)
  return {name = name, first = number, started = now, ends = ends, buckets = BUCKETS, postings = 0}
end

-- Free a little of a generation that was given up early.
local function index_sweep(prefix)
  local name = redis.call('LINDEX', prefix .. 'x', 0)
  if not name then return end
  local key = prefix .. 'g:' .. name
  local row = redis.call('HMGET', key, 'buckets', 'first', 'swept')
  local next_first = redis.call('HGET', prefix .. 'g:' .. string.format('%.0f', name + 1), 'first')
  if not row[1] or not next_first then
    redis.call('LPOP', prefix .. 'x')
    return
  end
  local buckets, blocks = tonumber(row[1]), math.ceil((next_first - row[2]) / BLOCK)
  local swept = tonumber(row[3] or 0)
  for place = swept, math.min(swept + 63, buckets + blocks - 1) do
    if place < buckets then
      redis.call('UNLINK', prefix .. 'f:' .. name .. ':' .. place)
    else
      redis.call('UNLINK', prefix .. 'r:' .. name .. ':' .. place - buckets)
    end
  end
  if swept + 64 >= buckets + blocks then
    redis.call('DEL', key)
  else
    redis.call('HSET', key, 'swept', swept + 64)
  end
end

local function index_drop(prefix, owner)
  local owner_key = prefix .. 'o:' .. owner
  local pending_key = prefix .. 'w'
  local rows = redis.call('HGETALL', owner_key)
  for i = 2, #rows, 2 do
    local number = string.sub(rows[i], 1, 4)
    local keys, gone, writes = {}, {'r' .. struct.unpack('<I4', number)}, {}
    for at = 5, #rows[i], 8 do
      if string.byte(rows[i], at) > 0 then keys[#keys + 1] = string.sub(rows[i], at, at + 7) end
    end
    for place, waiting in ipairs(redis.call('HMGET', pending_key, unpack(keys))) do
      if waiting == number then
        gone[#gone + 1] = keys[place]
      elseif waiting then
        local left = {}
        for at = 1, #waiting, 4 do
          local other = string.sub(waiting, at, at + 3)
          if other ~= number then left[#left + 1] = other end
        end
        if #left == 0 then gone[#gone + 1] = keys[place] end
        if #left > 0 then
          writes[#writes + 1] = keys[place]
          writes[#writes + 1] = table.concat(left)
        end
      end
    end
    redis.call('HDEL', pending_key, unpack(gone))
    if #writes > 0 then redis.call('HSET', pending_key, unpack(writes)) end
  end
  redis.call('DEL', owner_key)
  redis.call('ZREM', prefix .. 'h', owner)
end

local function index_release(prefix, owner)
  index_drop(prefix, owner)
end

-- File a print under its features, which stand in `held` after 4 bytes: of a copy only id and addresses.
local function index_file(prefix, number, print, held, whole)
  local generation = index_current(prefix, number)
  local place = number - generation.first
  local block = prefix .. 'r:' .. generation.name .. ':' .. math.floor(place / BLOCK)
  redis.call('APPEND', block, struct.pack('<I2', #print) .. print)
  if place % BLOCK == 0 then
    redis.call('PEXPIREAT', block, generation.ends)
  elseif place % BLOCK == BLOCK - 1 then
    redis.call('SET', block, redis.call('GET', block), 'PXAT', generation.ends)  -- gives its spare room back
  end
  index_post(prefix, generation, held, whole, number)
  redis.call('HSET', prefix .. 'g:' .. generation.name, 'buckets', string.format('%.0f', generation.buckets),
             'postings', string.format('%.0f', generation.postings))
end

-- Make reservations final. A settlement is, for one article: 16 bytes of payload digest, one of what to keep
-- (1 the address, 2 all; plus 4 where the parent is withdrawn), the print.
local function index_finalise(prefix, owner, settlements)
  local owner_key = prefix .. 'o:' .. owner
  local finals = {}
  for _, settlement in ipairs(settlements) do
    local held = redis.call('HGET', owner_key, string.sub(settlement, 1, 16))
    if held then
      local code = string.byte(settlement, 17)
      local whole = code % 4 == 2
      local print = string.sub(settlement, 18)
      local number = redis.call('HINCRBY', prefix .. 'm', 'documents', 1)
      finals[struct.unpack('<I4', held)] = number
      local parent = struct.unpack('<I4', print, 5)
      if parent >= PENDING then parent = finals[parent] or 0 end  -- an article of the same payload, settled just before
      print = struct.pack('<I4I4', index_now() / 1000, parent) .. string.sub(print, 9)
      if code >= 4 and parent > 0 then index_withdraw(prefix, parent) end
      index_file(prefix, number, print, held, whole)
    end
  end
  index_drop(prefix, owner)
  index_sweep(prefix)
end
