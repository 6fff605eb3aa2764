-- words.lua - adds a word to the filter of all groups, or removes one.
--
-- KEYS  1 words, 2 audit
-- ARGV  1 word to add ('': none), 2 word to remove ('': none), 3 channel of events, 4 event, 5 the
--       note behind its time, 6 how many words count
-- Returns 1; 0 if that is how it was; -2: it would be one word too many, which nobody reads.

if ARGV[1] ~= '' and redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[6]) and
   redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 0 then
  return -2
end
local changed = (ARGV[1] ~= '' and redis.call('SADD', KEYS[1], ARGV[1]) or 0) +
                (ARGV[2] ~= '' and redis.call('SREM', KEYS[1], ARGV[2]) or 0)
if changed == 0 then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('LPUSH', KEYS[2], '{"when":' .. string.format('%.0f', now) .. ',' .. ARGV[5])
-- Cluster: -- Audit and channel are in other slots: steps note and tell it.
redis.call('LTRIM', KEYS[2], 0, 999)
-- Cluster: --
redis.call('PUBLISH', ARGV[3], ARGV[4])
-- Cluster: --
return 1
