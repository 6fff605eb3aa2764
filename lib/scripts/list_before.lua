-- list_before.lua - the entries right before the message that userId and ts name: a first piece.
--
-- Whether they are messages is for the caller to see: here it would cost all others their time.
--
-- KEYS  1 login, 2 list
-- ARGV  1 token ('': no check), 2 the message as fastim writes it, up to the quote before its text,
--       3 userId, 4 ts, 5 how many at most
-- Returns positions and entries, newest first, as prelude_piece.lua has it; -1 not logged in, -3 no
-- such message, -4 no member.
-- Needs: login message budget find piece
-- Java: -- Needs: login message budget find copies piece

local refused = refusal(KEYS, ARGV, 2)
if refused then
  return refused
end
local index = find_message(KEYS[2], ARGV[2], ARGV[3], tonumber(ARGV[4]))
if not index then
  return -3
end
-- What the two name is one message.
-- Java: index = first_copy(KEYS[2], index, ARGV[2], ARGV[3], tonumber(ARGV[4]))
local most = tonumber(ARGV[5])
if index == 0 or most == 0 then
  return {0, 0, {}}
end
return piece(KEYS[2], index - 1, 0, -1, most)
