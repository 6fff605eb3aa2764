-- note.lua - notes what an operator or moderator has done, on a cluster: the audit is in a slot of its
-- own, so that this is a step behind the action.
--
-- KEYS  1 audit
-- ARGV  1 the note behind its time: JSON
-- Returns 1.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('LPUSH', KEYS[1], '{"when":' .. string.format('%.0f', now) .. ',' .. ARGV[1])
redis.call('LTRIM', KEYS[1], 0, 999)
return 1
