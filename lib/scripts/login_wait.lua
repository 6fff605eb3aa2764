-- login_wait.lua - may a login be tried now?
--
-- KEYS  1… failures of the user, of the address, of both (without the last two: not known)
--       Or failures of an address alone: of an operator's token.
-- ARGV  1 limit, 2 seconds in which they count
-- Returns the seconds to wait; 0: it may.
-- Needs: failures

return seconds_to_wait(KEYS, 1, tonumber(ARGV[1]), tonumber(ARGV[2]))
