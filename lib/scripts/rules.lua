-- rules.lua - tells the rules of a group, piece by piece: begin with cursor 0, until it is 0 again.
--
-- KEYS  1 login of the moderator, 2 rules of the group, 3 rules of all groups, 4 audit
-- ARGV  1 the moderator's token ('': no check), 2 the moderator ('': an operator), 3 who says
--       that it is this user, 4 nothing, 5 cursor, 6 slow and 7 cap of a group that was set nothing else
-- Returns the next cursor, all settings as JSON, and a list of field, value, field, value...: bans,
-- mutes and roles, as prelude_rules.lua has them, of which one may come twice; or what
-- prelude_actor.lua refuses by.
-- Needs: login rules actor

local STEP = 500

local refused = not_allowed()
if refused then
  return refused
end
local now = now_ms()
local settings = redis.call('HMGET', KEYS[2], 'slow', 'quiet', 'cap', 'pinned', 'attrs')
local found = redis.call('HSCAN', KEYS[2], ARGV[5], 'COUNT', STEP)
local kept, all = {}, found[2]
for i = 1, #all, 2 do
  local kind = all[i]:match('^([mbar]):')
  if kind == 'r' or kind and lasts_on(all[i + 1], now) then
    kept[#kept + 1] = all[i]
    kept[#kept + 1] = all[i + 1]
  end
end
return {found[1], settings_json(settings, ARGV[6], ARGV[7]), kept}
