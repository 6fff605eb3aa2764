-- read.lua - notes up to where a user has read a group. A lower ts than the noted one changes
-- nothing.
--
-- KEYS  1 login, 2 the user's read marks
-- ARGV  1 token ('': no check), 2 group, 3 ts, 4 marks that a user may have (0: any)
-- Returns 1; 0 if the user has too many marks; -1 not logged in.
-- Needs: login

if not admitted(KEYS[1], ARGV[1]) then
  return -1
end
local mark = redis.call('HGET', KEYS[2], ARGV[2])
local most = tonumber(ARGV[4])
if not mark and most > 0 and redis.call('HLEN', KEYS[2]) >= most then
  return 0
end
if tonumber(ARGV[3]) > (tonumber(mark or '') or -1) then
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
end
return 1
