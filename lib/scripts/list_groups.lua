-- list_groups.lua - the ids of the groups that the user has joined.
--
-- KEYS  1 login, 2 the user's groups
-- ARGV  1 token ('': no check)
-- Returns the ids, unsorted, or -1 not logged in.
-- Needs: login

if not admitted(KEYS[1], ARGV[1]) then
  return -1
end
return redis.call('SMEMBERS', KEYS[2])
