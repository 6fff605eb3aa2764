-- login_failed.lua - counts a login that has failed.
--
-- If other logins have reached the limit in the meantime, it is not counted, and the client must
-- not learn that it failed.
--
-- KEYS  1… failures of the user, of the address, of both (without the last two: not known)
--       Or failures of an address alone: of an operator's token.
-- ARGV  1 limit, 2 seconds in which they count
-- Returns the seconds to wait; 0: it was counted.
-- Needs: failures

local limit, window_s = tonumber(ARGV[1]), tonumber(ARGV[2])
local wait = seconds_to_wait(KEYS, 1, limit, window_s)
if wait == 0 and limit > 0 then
  count_failure(KEYS, limit, window_s)
end
return wait
