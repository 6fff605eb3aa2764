-- recall_any.lua - removes a message of any user and age from the list, for a moderator.
--
-- KEYS  1 login of the moderator, 2 rules of the group, 3 rules of all groups, 4 audit, 5 list,
--       6 last ts, 7 event log
-- ARGV  1 the moderator's token ('': no check), 2 the moderator ('': an operator), 3 who says
--       that it is this user, 4 the note behind its time, 5 channel of events, 6 expiry of the list (s),
--       7 JSON of the event behind its number, 8 the message as fastim writes it, up to the quote
--       before its text, 9 its user, 10 its ts
-- Returns 1; -3 no such message; or what prelude_actor.lua refuses by.
-- Needs: login rules message budget find highest log recall actor

local refused = not_allowed(ARGV[9])
if refused then
  return refused
end
local done = recall_message(KEYS[5], KEYS[6], KEYS[7], ARGV[8], ARGV[9], tonumber(ARGV[10]),
                            ARGV[5], tonumber(ARGV[6]), ARGV[7])
if done == 1 then
  note_action()
end
return done
