-- list_range.lua - the entries from position first to last, as LRANGE counts them: a first piece.
--
-- KEYS  1 login, 2 list
-- ARGV  1 token ('': no check), 2 first, 3 last, 4 how many at most
-- Returns positions and entries, oldest first, as prelude_piece.lua has it; -1 not logged in, -4 no
-- member.
-- Needs: login budget piece

local refused = refusal(KEYS, ARGV, 2)
if refused then
  return refused
end
local length = redis.call('LLEN', KEYS[2])
local first, last = tonumber(ARGV[2]), tonumber(ARGV[3])
if first < 0 then
  first = math.max(0, length + first)
end
if last < 0 then
  last = length + last
end
last = math.min(last, length - 1, first + ARGV[4] - 1)
if last < first then
  return {0, 0, {}}
end
return piece(KEYS[2], first, last, 1, last - first + 1)
