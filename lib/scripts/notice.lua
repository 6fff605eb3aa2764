-- notice.lua - tells all clients of fastim.v2 in the group something, once.
--
-- KEYS  1 login of the moderator, 2 rules of the group, 3 rules of all groups, 4 audit, 5 list,
--       6 last ts, 7 event log
-- ARGV  1 the moderator's token ('': no check), 2 the moderator ('': an operator), 3 who says
--       that it is this user, 4 the note behind its time, 5 channel of events, 6 expiry of the list (s),
--       7 JSON of the event behind its number
-- Returns 1, or what prelude_actor.lua refuses by.
-- Needs: login rules message budget highest log actor

local refused = not_allowed()
if refused then
  return refused
end
local number = next_number(KEYS[5], KEYS[6], KEYS[7])
record_event(KEYS[5], KEYS[6], KEYS[7], ARGV[5], tonumber(ARGV[6]), number, 'notice', ARGV[7], '-')
note_action()
return 1
