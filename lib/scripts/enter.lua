-- enter.lua - may this user have a WebSocket to the group? Joins it where joining is automatic.
--
-- KEYS  1 login, 2 the user's groups
-- ARGV  1 token ('': no check), 2 1 joins, 0 asks, 3 group ('': none, a group-list client)
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
  redis.call('SADD', KEYS[2], ARGV[3]) -- a Redis that cannot store lets members in nevertheless
end
return 0
