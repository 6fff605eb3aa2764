-- login.lua - a user gets a new token; an older one dies. Not where the limit of failures was reached while
-- the password was checked: or a guess among many at once would come through.
--
-- KEYS  1 login, 2… failures
-- ARGV  1 limit, 2 seconds in which they count, 3 token
-- Returns the seconds to wait, 0: the token is good.
-- Needs: failures

local wait = seconds_to_wait(KEYS, 2, tonumber(ARGV[1]), tonumber(ARGV[2]))
if wait == 0 then
  redis.call('SET', KEYS[1], ARGV[3], 'EX', 86400)
end
return wait
