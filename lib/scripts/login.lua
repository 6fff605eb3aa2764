-- login.lua - stores a user's new token, which replaces an older one.
--
-- It does not if the limit of failures was reached while the password was checked. Else one of many
-- guesses at the same time could succeed beyond the limit.
--
-- KEYS  1 login, 2… failures of the user, of the address, of both (as login_wait)
-- ARGV  1 limit, 2 seconds in which they count, 3 token
-- Returns the seconds to wait; 0: the token is stored.
-- Needs: failures

local wait = seconds_to_wait(KEYS, 2, tonumber(ARGV[1]), tonumber(ARGV[2]))
if wait == 0 then
  redis.call('SET', KEYS[1], ARGV[3], 'EX', 86400)
end
return wait
