-- list_range.lua - the entries from position first to last, as LRANGE counts them.
--
-- KEYS  1 login, 2 list
-- ARGV  1 token ('': no check), 2 first, 3 last, 4 how many at most
-- Returns the entries, oldest first; -1 not logged in, -4 no member.
-- Needs: login message

local refused = refusal(KEYS, ARGV)
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
last = math.min(last, first + tonumber(ARGV[4]) - 1)
if last < first or first >= length then
  return {}
end
return redis.call('LRANGE', KEYS[2], digits(first), digits(last))
