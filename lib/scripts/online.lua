-- online.lua - how many users are online in a group, and who. It changes nothing but the expiry of
-- the login.
--
-- KEYS  1 login, 2 presence of the group, 3 leases of all daemons
-- ARGV  1 token ('': no check), 2 ids are told of so many users at most (0: never)
-- Returns the number, the ids as prelude_presence.lua has them (nil: they are not told), and the
-- number of connections; or -1 not logged in, -4 no member.
-- Needs: login presence

local refused = refusal(KEYS, ARGV, 3)
if refused then
  return refused
end
local living = daemons_of(KEYS[2], KEYS[3], now_ms())
local total, names = who_is_online(KEYS[2], living, tonumber(ARGV[2]))
return {total, names or false, connections_of(KEYS[2], living)}
