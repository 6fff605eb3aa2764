-- join_group.lua - makes the user a member of a group.
--
-- KEYS  1 login, 2 the user's groups
-- ARGV  1 token ('': no check), 2 group, 3 groups that a user may be in (0: any, -1: none)
-- Returns 1 if the user has joined, 0 if the user was a member already or is in too many groups,
-- -1 not logged in.
-- Needs: login

if not admitted(KEYS[1], ARGV[1]) then
  return -1
end
local most = tonumber(ARGV[3])
if most ~= 0 and redis.call('SCARD', KEYS[2]) >= most then
  return 0
end
return redis.call('SADD', KEYS[2], ARGV[2])
-- Java: return is_member(KEYS[2], ARGV[2]) and 0 or redis.call('SADD', KEYS[2], ARGV[2])
