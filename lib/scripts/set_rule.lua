-- set_rule.lua - mutes or bans a user, bans an address, or gives a user a role; or ends that.
--
-- KEYS  1 login of the moderator, 2 rules of the group, 3 rules of all groups, 4 audit
-- ARGV  1 the moderator's token ('': no check), 2 the moderator ('': an operator), 3 who says
--       that it is this user, 4 the note behind its time, 5 field in the rules, 6 how many seconds (0: for
--       ever), or a role ('': it ends), 7 1: what lasts longer stays, 8 the user to whom it is done
--       ('': an address), 9 channel of events, 10 event for it ('': none)
-- Returns 1; 0 if that is how it was; or what prelude_actor.lua refuses by.
-- Needs: login rules actor

local field, value = ARGV[5], ARGV[6]
local refused = not_allowed(ARGV[8] ~= '' and ARGV[8] or nil)
if refused then
  return refused
end
local now = now_ms()
local old = redis.call('HGET', KEYS[2], field)
local changed
if field:sub(1, 2) == 'r:' then
  changed = (old or '') ~= value
elseif value == '' then
  changed = lasts_on(old, now) ~= nil
else
  local left, wanted = lasts_on(old, now), value * 1000
  if ARGV[7] == '1' and left and (left == 0 or left > wanted and wanted > 0) then
    value = old
  else
    value = wanted == 0 and '0' or string.format('%.0f', now + wanted)
  end
  changed = ARGV[7] == '1' or not (left and value == old)
end
if value == '' then
  redis.call('HDEL', KEYS[2], field)
else
  redis.call('HSET', KEYS[2], field, value)
end
keep_rules(KEYS[2], now)
if ARGV[10] ~= '' and (changed or value ~= '') then -- also if it was so: one may have missed it
  redis.call('PUBLISH', ARGV[9], ARGV[10])
  -- Cluster: redis.call('SPUBLISH', ARGV[9], ARGV[10])
end
if changed then
  note_action()
end
return changed and 1 or 0
