-- Functions that end a reservation; the commit script carries them, so that records and index change as one.

local function index_finalise(prefix, owner)
  local owner_key = prefix .. 'o:' .. owner
  local writes = redis.call('LRANGE', owner_key, 0, -1)
  for i = 1, #writes, 2 do
    local raw = redis.call('GET', writes[i])
    local held = raw and cmsgpack.unpack(raw)
    if held and held[2] == owner then
      -- What only a redelivery needs (owner, verdict) is dropped: it would be kept for the whole window.
      redis.call('SET', writes[i], cmsgpack.pack({held[1], '', 1, '', '', '', held[7], '', 0}), 'KEEPTTL')
    end
  end
  redis.call('DEL', owner_key)
end

local function index_release(prefix, owner)
  local owner_key = prefix .. 'o:' .. owner
  local writes = redis.call('LRANGE', owner_key, 0, -1)
  for i = #writes - 1, 1, -2 do  -- backwards: a key written twice ends as it was first
    local raw = redis.call('GET', writes[i])
    local held = raw and cmsgpack.unpack(raw)
    if held and held[2] == owner then
      if writes[i + 1] == '' then
        redis.call('DEL', writes[i])
      else
        redis.call('SET', writes[i], writes[i + 1], 'KEEPTTL')
      end
    end
  end
  redis.call('DEL', owner_key)
end
