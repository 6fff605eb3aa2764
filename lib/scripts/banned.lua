-- banned.lua - is a user banned everywhere? For a cluster, as enter.lua and append.lua cannot look there.
--
-- KEYS  1 rules of all groups
-- ARGV  1 user
-- Returns 1 no, or {-5, 'banned', ms to wait (0: for ever)}.
-- Needs: rules

local banned = lasts_on(redis.call('HGET', KEYS[1], 'b:' .. ARGV[1]), now_ms())
return banned and {-5, 'banned', banned} or 1
