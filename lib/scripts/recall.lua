-- recall.lua - removes a message of the user's own from the list, if it is young enough.
--
-- KEYS  1 login, 2 list
-- ARGV  1 token ('': no check), 2 userId, 3 ts, 4 highest age (s)
-- Returns 1; -1 not logged in, -2 too old, -3 no such message, -4 no member.
-- Needs: login message find

local refused = refusal(KEYS, ARGV)
if refused then
  return refused
end
local ts = tonumber(ARGV[3])
if now_ms() - ts > tonumber(ARGV[4]) * 1000 then
  return -2
end
local index, raw = find_message(KEYS[2], ARGV[2], ts)
if not index then
  return -3
end
-- LREM searches from the nearer end. A message that may be recalled is young, so that is fast.
local from_tail = 2 * index > redis.call('LLEN', KEYS[2])
redis.call('LREM', KEYS[2], from_tail and -1 or 1, raw)
return 1
