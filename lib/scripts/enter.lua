-- enter.lua - may this user open a WebSocket to the group? Joins the group if autoJoin is on and
-- the user is in fewer groups than maxPerUser.
--
-- KEYS  1 login, 2 the user's groups
-- ARGV  1 token ('': no check), 2 autoJoin (1 or 0), 3 group ('': none, for a group list),
--       4 maxPerUser (0: any)
-- Returns 0 yes, -1 not logged in, -4 has not joined.
-- Needs: login

if not admitted(KEYS[1], ARGV[1]) then
  return -1
end
if ARGV[3] == '' then
  return 0
end
if redis.call('SISMEMBER', KEYS[2], ARGV[3]) == 0 then
  if ARGV[2] ~= '1' then
    return -4
  end
  local most = tonumber(ARGV[4])
  if most == 0 or redis.call('SCARD', KEYS[2]) < most then
    redis.call('SADD', KEYS[2], ARGV[3]) -- only now: members get in even if Redis cannot store
  end
end
return 0
