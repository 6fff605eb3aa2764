-- logout.lua - ends a user's login, and tells the daemons in the same step.
--
-- KEYS  1 login
-- ARGV  1 token ('': no check, the login stays), 2 channel of events, 3 the event
-- Returns 1, or -1 not logged in.
-- Needs: login

if ARGV[1] ~= '' then
  if not is_login(KEYS[1], ARGV[1]) then
    return -1
  end
  redis.call('DEL', KEYS[1])
end
redis.call('PUBLISH', ARGV[2], ARGV[3])
-- Cluster: -- The channel is in another slot: a step tells the daemons.
return 1
