-- What the lane tells of some entries: rows of the trace and of quarantine after a cursor, and entries that are gone.
--
-- KEYS  trace, quarantine, intake
-- ARGV  last id seen of the trace, of quarantine; how many rows to look at; then the entries that are asked about,
--       oldest first
-- returns  {new last id of the trace, of quarantine, 1 where both were read to the end,
--           {entry, trace line …}, {entry, cause, detail …}, entries that are not in the intake any more …}
--
-- An entry's rows and its deletion are one commit, so one that is gone and not told of by the end never will be.
-- To ask whether an entry is there copies its payload within the server, so only the oldest few are asked about.
local trace, quarantine, intake = KEYS[1], KEYS[2], KEYS[3]
local most = tonumber(ARGV[3])
local wanted = {}
for i = 4, #ARGV do wanted[ARGV[i]] = true end

local function fields(row)
  local found = {}
  for i = 1, #row[2], 2 do found[row[2][i]] = row[2][i + 1] end
  return found
end
local function after(stream, last, count, tell)
  local rows = redis.call('XRANGE', stream, '(' .. last, '+', 'COUNT', count)
  for _, row in ipairs(rows) do tell(fields(row)) end
  return #rows > 0 and rows[#rows][1] or last, #rows < count
end

local traced, refused, told = {}, {}, {}
local next_trace, trace_ended = after(trace, ARGV[1], most, function(row)
  if wanted[row.entry] then
    told[row.entry] = true
    traced[#traced + 1] = row.entry
    traced[#traced + 1] = row.trace
  end
end)
local next_quarantine, quarantine_ended = after(quarantine, ARGV[2], math.max(1, math.floor(most / 10)), function(row)
  if wanted[row.q_entry] then
    told[row.q_entry] = true
    refused[#refused + 1] = row.q_entry
    refused[#refused + 1] = row.q_cause
    refused[#refused + 1] = row.q_detail
  end
end)
local gone = {}
local ended = trace_ended and quarantine_ended
if ended then
  local first = redis.call('XLEN', intake) > 0
  local asked = 0
  for i = 4, #ARGV do
    if not told[ARGV[i]] then
      if not first then
        gone[#gone + 1] = ARGV[i]
      else
        asked = asked + 1
        if asked > 16 then break end
        if #redis.call('XRANGE', intake, ARGV[i], ARGV[i]) == 0 then gone[#gone + 1] = ARGV[i] end
      end
    end
  end
end
return {next_trace, next_quarantine, ended and 1 or 0, traced, refused, gone}
