-- Count what an article of a publisher has that others of it may repeat; worker/index/repeats.py packs the lesson.
--   p:<publisher>   sorted set: member of 7 bytes (part, time of publication, count of articles, the
--                   weight of the latest), faded count
local function repeats_learn(prefix, lesson)
  local name, weight, most, seconds, at = string.match(lesson, '^([^\n]*)\n([^\n]*)\n(%d+)\n(%d+)\n()')
  local key = prefix .. 'p:' .. name
  for i = at, #lesson, 7 do
    redis.call('ZINCRBY', key, weight, string.sub(lesson, i, i + 6))
  end
  redis.call('ZADD', key, 'GT', weight, 'z' .. string.rep('\0', 6))
  local over = redis.call('ZCARD', key) - tonumber(most)
  if over > 0 then redis.call('ZREMRANGEBYRANK', key, 0, over - 1) end
  redis.call('EXPIRE', key, seconds)
end
