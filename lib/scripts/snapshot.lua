-- snapshot.lua - the newest entries of a group, and in the same step a mark on a daemon's channel.
--
-- Messages that the daemon's subscription brings before the mark are among these entries. Those
-- after the mark are not.
--
-- KEYS  1 list
-- ARGV  1 how many entries, 2 the daemon's channel, 3 the mark
-- Returns the list's length and the entries, oldest first.

local window = tonumber(ARGV[1])
local length = redis.call('LLEN', KEYS[1])
local entries = {}
if window > 0 then
  entries = redis.call('LRANGE', KEYS[1], -window, -1)
end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return {length, entries}
