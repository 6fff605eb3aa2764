-- list_groups.lua - the ids of the groups that the user has joined: a piece of them.
--
-- KEYS  1 login, 2 the user's groups
-- ARGV  1 token ('': no check), 2 cursor ('0': from the begin)
-- Returns the cursor to go on with ('0': these were the last) and ids, unsorted, as SSCAN does; or
-- -1 not logged in. An id may come twice.
-- Needs: login

if not admitted(KEYS[1], ARGV[1]) then
  return -1
end
return redis.call('SSCAN', KEYS[2], ARGV[2], 'COUNT', 1000)
