-- recall.lua - removes a message of the user's own from the list, if it is young enough.
--
-- If the group has an event log, the recall is an event: it goes there, and to fastim.v2 clients.
--
-- KEYS  1 login, 2 list, 3 last ts, 4 event log
-- ARGV  1 token ('': no check), 2 the message as fastim writes it, up to the quote before its text,
--       3 userId, 4 ts, 5 highest age (s), 6 channel of events, 7 JSON of the event behind its
--       number, 8 expiry of the list (s)
-- Returns 1; -1 not logged in, -2 too old, -3 no such message, -4 no member.
-- Needs: login message budget find highest log recall

local refused = refusal(KEYS, ARGV, 4)
if refused then
  return refused
end
local ts = tonumber(ARGV[4])
if now_ms() - ts > tonumber(ARGV[5]) * 1000 then
  return -2
end
return recall_message(KEYS[2], KEYS[3], KEYS[4], ARGV[2], ARGV[3], ts, ARGV[6], tonumber(ARGV[8]),
                      ARGV[7])
