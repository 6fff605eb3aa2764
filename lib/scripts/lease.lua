-- lease.lua - a daemon lives on, or ends.
--
-- If all daemons of a group have died, nobody reports it any more, and its presence expires. So some
-- of the groups that are listed as online are looked at each time.
--
-- KEYS  1 leases of all daemons, 2 groups by how many are online
-- ARGV  1 daemon, 2 1: it lives on; 0: it ends, 3 how the names of groups' presence begin, 4 any
--       number: groups from this place on are looked at
-- Returns 1 if the daemon had no lease any more, so that what it reported may be gone; else 0.
-- Needs: presence

local LOOK = 10

local leases, top, now = KEYS[1], KEYS[2], now_ms()
local had = is_alive(leases, ARGV[1], now)
if ARGV[2] == '1' then
  renew_lease(leases, ARGV[1], now)
else
  redis.call('ZREM', leases, ARGV[1])
end
redis.call('ZREMRANGEBYSCORE', leases, '-inf', string.format('%.0f', now))
redis.call('ZREMRANGEBYSCORE', leases, string.format('(%.0f', now + LEASE_MS), '+inf')

local first = ARGV[4] % math.max(1, redis.call('ZCARD', top))
for _, group in ipairs(redis.call('ZRANGE', top, first, first + LOOK - 1)) do
  if redis.call('EXISTS', ARGV[3] .. group) == 0 then
    redis.call('ZREM', top, group)
  end
end
redis.call('EXPIRE', top, KEPT_S)
return had and 0 or 1
