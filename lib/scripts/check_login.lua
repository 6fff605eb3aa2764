-- check_login.lua - the login check by itself.
--
-- KEYS  1 login
-- ARGV  1 token
-- Returns 1, or -1 not logged in.
-- Needs: login

return logged_in(KEYS[1], ARGV[1]) and 1 or -1
