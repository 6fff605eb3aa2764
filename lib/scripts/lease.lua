-- lease.lua - a daemon lives on, or ends.
--
-- If all daemons of a group have died, nobody reports it any more, and its presence expires. So some
-- of the groups that are listed as online are looked at each time.
--
-- On a cluster the leases alone are kept here.
--
-- KEYS  1 leases of all daemons, 2 groups by how many are online, 3 what daemons say of themselves
-- ARGV  1 daemon, 2 1: it lives on; 0: it ends, 3 how the names of groups' presence begin, 4 any
--       number: groups from this place on are looked at, 5 what the daemon says of itself: JSON
-- Returns 1 if the daemon had no lease any more, so that what it reported may be gone; else 0.
-- Needs: presence

local LOOK, OVER = 10, 1000

local leases, top, about, now = KEYS[1], KEYS[2], KEYS[3], now_ms()

-- These leases are over, or end later than any can.
local function drop_leases(from, to)
  local over = redis.call('ZRANGEBYSCORE', leases, from, to, 'LIMIT', 0, OVER)
  if #over > 0 then
    redis.call('ZREM', leases, unpack(over))
    redis.call('HDEL', about, unpack(over))
    -- Cluster: -- What they have said is in another slot: about.lua.
  end
end

local had = is_alive(leases, ARGV[1], now)
-- Cluster: local ends = tonumber(redis.call('ZSCORE', leases, ARGV[1]) or 0)
-- Cluster: local had = ends > now and ends <= now + LEASE_MS
if ARGV[2] == '1' then
  renew_lease(leases, ARGV[1], now)
  -- Cluster: redis.call('ZADD', leases, string.format('%.0f', now + LEASE_MS), ARGV[1])
  redis.call('HSET', about, ARGV[1], ARGV[5])
  -- Cluster: --
else
  redis.call('ZREM', leases, ARGV[1])
  redis.call('HDEL', about, ARGV[1])
  -- Cluster: --
end
redis.call('EXPIRE', about, KEPT_S)
-- Cluster: redis.call('EXPIRE', leases, KEPT_S)
drop_leases('-inf', string.format('%.0f', now))
drop_leases(string.format('(%.0f', now + LEASE_MS), '+inf')

local first = ARGV[4] % math.max(1, redis.call('ZCARD', top))
-- Cluster: local looked_at = {} -- groups are not listed there
for _, group in ipairs(redis.call('ZRANGE', top, first, first + LOOK - 1)) do
-- Cluster: for _, group in ipairs(looked_at) do
  if redis.call('EXISTS', ARGV[3] .. group) == 0 then
    redis.call('ZREM', top, group)
  end
end
redis.call('EXPIRE', top, KEPT_S)
-- Cluster: --
return had and 0 or 1
