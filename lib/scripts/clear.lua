-- clear.lua - the list of the group goes. Whoever stands before that begins anew with an
-- empty list.
--
-- KEYS  1 login of the moderator, 2 rules of the group, 3 rules of all groups, 4 audit, 5 list,
--       6 last ts, 7 event log
-- ARGV  1 the moderator's token ('': no check), 2 the moderator ('': an operator), 3 who says
--       that it is this user, 4 the note behind its time, 5 channel of events, 6 expiry of the list (s)
-- Returns 1; 0 if the list was empty; or what prelude_actor.lua refuses by.
-- Needs: login rules message budget highest log actor

local refused = not_allowed()
if refused then
  return refused
end
if redis.call('LLEN', KEYS[5]) == 0 then
  return 0
end
local number = next_number(KEYS[5], KEYS[6], KEYS[7])
redis.call('UNLINK', KEYS[5]) -- a long list is freed beside
record_event(KEYS[5], KEYS[6], KEYS[7], ARGV[5], tonumber(ARGV[6]), number, 'clear', '}', '-')
note_action()
return 1
