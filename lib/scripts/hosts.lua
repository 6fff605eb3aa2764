-- hosts.lua - the daemons that live.
--
-- KEYS  1 leases of all daemons
-- Returns a list of them.
-- Needs: presence

local now = now_ms()
return redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', now),
                  string.format('%.0f', now + LEASE_MS))
