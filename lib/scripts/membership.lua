-- membership.lua - an operator makes a user a member of a group, or ends that.
--
-- KEYS  1 the user's groups, 2 the user's read marks, 3 audit
-- ARGV  1 group, as the set has it, 2 1: becomes a member, 0: leaves, 3 groups that a user may be in (0: any), 4 the
--       note behind its time, 5 group
-- Returns 1; 0 if that is how it was, or the user is in too many groups.

-- What a group is in the set of a user's groups, SADD and SREM say.
-- Java: -- Needs: member

local most = tonumber(ARGV[3])
if ARGV[2] == '1' then
  if most > 0 and redis.call('SCARD', KEYS[1]) >= most or
     redis.call('SADD', KEYS[1], ARGV[1]) == 0 then
     -- Java: is_member(KEYS[1], ARGV[1]) or redis.call('SADD', KEYS[1], ARGV[1]) == 0 then
    return 0
  end
else
  if redis.call('SREM', KEYS[1], ARGV[1]) == 0 then
  -- Java: if not end_membership(KEYS[1], ARGV[1]) then
    return 0
  end
  redis.call('HDEL', KEYS[2], ARGV[5])
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('LPUSH', KEYS[3], '{"when":' .. string.format('%.0f', now) .. ',' .. ARGV[4])
-- Cluster: -- The audit is in another slot: a step notes it.
redis.call('LTRIM', KEYS[3], 0, 999)
-- Cluster: --
return 1
