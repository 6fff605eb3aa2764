-- snapshot.lua - the newest entries of a group, and in the same step a mark on a daemon's channel.
--
-- Messages that the daemon's subscription brings before the mark are among these entries. Those
-- after the mark are not.
--
-- KEYS  1 list
-- ARGV  1 how many entries, 2 the daemon's channel, 3 the mark, 4 how many of them in any case,
--       5 bytes at which it stops otherwise
-- Returns the list's length and the entries, oldest first, as prelude_newest.lua has it.
-- Needs: newest

local length, entries =
  newest_entries(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[4]), tonumber(ARGV[5]))
redis.call('PUBLISH', ARGV[2], ARGV[3])
-- Cluster: if ARGV[3] ~= '' then -- else it has none, as the slot is on the move
-- Cluster:   redis.call('SPUBLISH', ARGV[2], ARGV[3])
-- Cluster: end
return {length, entries}
