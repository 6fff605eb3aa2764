-- leave_group.lua - ends a user's membership of a group. The user's read mark goes with it, so that
-- marks of groups that were left do not add up.
--
-- KEYS  1 login, 2 the user's groups, 3 the user's read marks
-- ARGV  1 token ('': no check), 2 group, as the set has it, 3 group
-- Returns 1 if the user was a member, 0 if not, -1 not logged in.
-- Needs: login

if not admitted(KEYS[1], ARGV[1]) then
  return -1
end
if redis.call('SREM', KEYS[2], ARGV[2]) == 0 then
-- Java: if not end_membership(KEYS[2], ARGV[2]) then
  return 0
end
redis.call('HDEL', KEYS[3], ARGV[3])
return 1
