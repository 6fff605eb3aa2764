-- about.lua - what a daemon says of itself. For a cluster: lease.lua cannot keep it, as the leases are
-- in another slot.
--
-- Beside it stands when it was said, in the field DAEMON/. What daemons that have died have said goes
-- now and then, if it is much.
--
-- KEYS  1 what daemons say of themselves
-- ARGV  1 daemon, 2 what it says, JSON ('': it ends)
-- Returns 1.

local KEPT_S, MANY, ONE_IN = 60, 256, 32

local about, daemon = KEYS[1], ARGV[1]
local time = redis.call('TIME')

if ARGV[2] == '' then
  redis.call('HDEL', about, daemon, daemon .. '/')
else
  redis.call('HSET', about, daemon, ARGV[2], daemon .. '/', time[1])
  redis.call('EXPIRE', about, KEPT_S)
end
if time[2] % ONE_IN == 0 and redis.call('HLEN', about) > MANY then
  local fields = redis.call('HGETALL', about)
  for i = 1, #fields, 2 do
    local field = fields[i]
    if field:sub(-1) == '/' and tonumber(fields[i + 1]) < time[1] - KEPT_S then
      redis.call('HDEL', about, field, field:sub(1, -2))
    end
  end
end
return 1
