-- login_wait.lua - may this login be tried?
--
-- KEYS  1… failures
-- ARGV  1 limit, 2 seconds in which they count
-- Returns the seconds to wait, 0 for none.
-- Needs: failures

return seconds_to_wait(KEYS, 1, tonumber(ARGV[1]), tonumber(ARGV[2]))
