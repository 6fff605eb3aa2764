-- hosts.lua - the daemons that live.
--
-- KEYS  1 leases of all daemons, 2 what daemons say of themselves
-- Returns a list: daemon, what it says (JSON; '': nothing yet), daemon...
-- Needs: presence

local MOST = 1000

local now = now_ms()
local daemons = redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', now),
                           string.format('%.0f', now + LEASE_MS), 'LIMIT', 0, MOST)
local list = {}
if #daemons > 0 then
  for i, about in ipairs(redis.call('HMGET', KEYS[2], unpack(daemons))) do
  -- Cluster: for i in ipairs(daemons) do -- what they say is in another slot
    list[#list + 1] = daemons[i]
    list[#list + 1] = about or ''
    -- Cluster: --
  end
end
return list
