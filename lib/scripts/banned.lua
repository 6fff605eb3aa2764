-- banned.lua - is a user banned everywhere? For a cluster, as enter.lua and append.lua cannot look there.
--
-- KEYS  1 rules of all groups
-- ARGV  1 user, 2 address, as it is banned ('': any)
-- Returns 1 no, or {-5, 'banned', ms to wait (0: for ever)}.
-- Needs: rules

local now = now_ms()
local ends = redis.call('HMGET', KEYS[1], 'b:' .. ARGV[1], 'a:' .. ARGV[2])
local banned = longest(lasts_on(ends[1], now), lasts_on(ends[2], now))
return banned and {-5, 'banned', banned} or 1
