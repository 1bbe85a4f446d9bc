-- Judge fingerprints and reserve them for an owner, in one atomic step.
--
-- KEYS[1]  any key of the index, for its hash slot
-- ARGV     prefix, owner, window in ms, hold in ms, then for each fingerprint: article id, payload, body, url, title ("" = none)
-- returns  for each fingerprint: {kind, of, evidence, version}, or {"wait"} while the article it repeats is not final
--
-- A digest key holds a packed {id, owner, final, kind, of, evidence, version, payload, held until}; while it is not
-- final, owner and payload digest tell a redelivery, which gets its first verdict. The owner's list holds
-- key and former value of each write, so that a release puts back what stood there before.
local prefix, owner, window = ARGV[1], ARGV[2], ARGV[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local owner_key = prefix .. 'o:' .. owner

local function look(digest)
  if digest == '' then return nil end
  local raw = redis.call('GET', prefix .. 'd:' .. digest)
  local held = raw and cmsgpack.unpack(raw)
  -- A reservation that was neither finalised nor released in time counts for nothing: its entry was dead for so long,
  -- or is gone (deleted by hand), and nobody may wait for it for ever.
  if held and held[3] == 0 and held[2] ~= owner and now >= held[9] then return nil end
  return held
end

local function write(digest, held)
  if digest == '' then return end
  local key = prefix .. 'd:' .. digest
  local former = redis.call('GET', key)
  redis.call('SET', key, cmsgpack.pack(held), 'PX', window)
  redis.call('RPUSH', owner_key, key, former or '')
end

local function mine(held, payload)
  return held and held[3] == 0 and held[2] == owner and held[8] == payload
end

local function foreign(held)
  return held and held[2] ~= owner and held[3] == 0
end

-- The first write frees memory, if anything: a script that has written may go on when the server is at maxmemory,
-- so a full server can be drained.
redis.call('DEL', prefix .. 'nothing')

local verdicts = {}
for i = 5, #ARGV, 5 do
  local id, payload, body, url, title = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local by_payload, by_body, by_url, by_title = look(payload), look(body), look(url), look(title)
  local own = (mine(by_payload, payload) and by_payload) or (mine(by_body, payload) and by_body)
    or (mine(by_url, payload) and by_url) or (mine(by_title, payload) and by_title)
  if own then
    verdicts[#verdicts + 1] = {own[4], own[5], own[6], own[7]}
  elseif foreign(by_payload) or foreign(by_body) or foreign(by_url) or foreign(by_title) then
    verdicts[#verdicts + 1] = {'wait'}
  else
    local kind, of, evidence, version, held_as = 'new', '', '', 1, id
    local twin, former = by_payload or by_body, by_url or by_title
    if twin then
      kind, of, version, held_as = 'exact', twin[1], twin[7], twin[1]
      evidence = by_payload and 'payload' or 'body'
    elseif former then
      kind, of, version, evidence = 'revision', former[1], former[7] + 1, by_url and 'canonical_url' or 'headline'
    end
    local held = {held_as, owner, 0, kind, of, evidence, version, payload, now + ARGV[4]}
    if not by_payload then write(payload, held) end
    if not by_body then write(body, held) end
    if not by_url or kind == 'revision' then write(url, held) end
    if not by_title or kind == 'revision' then write(title, held) end
    verdicts[#verdicts + 1] = {kind, of, evidence, version}
  end
end
if redis.call('EXISTS', owner_key) == 1 then redis.call('PEXPIRE', owner_key, window) end
return verdicts
