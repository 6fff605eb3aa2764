-- notice_all.lua - the same as notice.lua in all groups that have an event log, step by step: begin
-- with cursor 0, until it is 0 again.
--
-- KEYS  1 audit
-- ARGV  1 how names begin (redis.prefix), 2 the same for a pattern of SCAN, 3 the note behind its
--       time, 4 expiry of a list (s), 5 JSON of the event behind its number, 6 cursor, 7 when the
--       first step was (ms, this clock; 0: this is it)
-- Returns the next cursor, groups told in this step, and the time of the first step.
-- Needs: message budget highest log

local SCANS, SCAN, GROUPS, NOTES_MAX = 150, 8, 8, 1000

local cursor, since, told = ARGV[6], tonumber(ARGV[7]), 0
if since == 0 then
  since = now_ms()
  redis.call('LPUSH', KEYS[1], '{"when":' .. digits(since) .. ',' .. ARGV[3])
  redis.call('LTRIM', KEYS[1], 0, NOTES_MAX - 1)
end

-- SCAN may give a key twice.
local function has_it(log)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', log, digits(since), '+inf')) do
    if member:sub(-#ARGV[5]) == ARGV[5] and member:find(' {"type":"notice",', 1, true) then
      return true
    end
  end
end

local before = ARGV[1] .. 'fim:log:'
for _ = 1, SCANS do
  local found = redis.call('SCAN', cursor, 'MATCH', ARGV[2] .. 'fim:log:*', 'COUNT', SCAN)
  cursor = found[1]
  for _, log in ipairs(found[2]) do
    local group = log:sub(#before + 1)
    local list, key = ARGV[1] .. 'gml:' .. group, ARGV[1] .. 'gmt:' .. group
    if log_epoch(log) and not has_it(log) then
      to_read, to_look, to_keep = READ_MAX / GROUPS, LOOK_MAX / GROUPS, 0
      record_event(list, key, log, ARGV[1] .. 'fim:ev:' .. group, tonumber(ARGV[4]),
                   next_number(list, key, log), 'notice', ARGV[5], '-')
      told = told + 1
    end
  end
  if cursor == '0' or told >= GROUPS then
    break
  end
end
return {cursor, told, since}
