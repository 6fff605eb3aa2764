-- prelude_presence.lua - who is online in a group, and which daemons live.
--
-- The presence of a group is a hash, of which each daemon writes its own fields:
--   DAEMON   how many users it has
--   DAEMON/  their ids, each as in JSON without the quotes around it, with slashes between them, as
--            a slash is in no id; missing: too many
--   DAEMON// how many connections they have, lately
--   =        what was told last: 'MS ONLINE IDS', or 'MS ONLINE' if no ids were told
-- A daemon counts as long as it has a lease. So nobody need look for those that have died.

local LEASE_MS, KEPT_S = 15000, 60
-- Cluster: local LEASE_MS, KEPT_S = 15000, 60
-- Cluster: -- The leases are in another slot: a field DAEMON/// of the presence tells until when a
-- Cluster: -- daemon's report counts. It reports its groups every 14 s.
-- Cluster: local REPORT_MS = 30000

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A lease that ends later than any can is from before Redis' clock stepped back.
local function is_alive(leases, daemon, now)
  local ends = tonumber(redis.call('ZSCORE', leases, daemon) or 0)
  -- Cluster: local ends = tonumber(redis.call('HGET', leases, daemon .. '///') or 0)
  return ends > now and ends <= now + LEASE_MS
  -- Cluster: return ends > now and ends <= now + REPORT_MS
end

local function renew_lease(leases, daemon, now)
  redis.call('ZADD', leases, string.format('%.0f', now + LEASE_MS), daemon)
  -- Cluster: redis.call('HSET', leases, daemon .. '///', string.format('%.0f', now + REPORT_MS))
  redis.call('EXPIRE', leases, KEPT_S)
end

-- The daemons in the group that live, and those that do not.
local function daemons_of(on, leases, now)
  local living, dead = {}, {}
  for _, field in ipairs(redis.call('HKEYS', on)) do
    if field ~= '=' and field:sub(-1) ~= '/' then
      local these = is_alive(leases, field, now) and living or dead
      these[#these + 1] = field
    end
  end
  return living, dead
end

-- The number of connections of these daemons.
local function connections_of(on, living)
  local fields, total = {}, 0
  for i, daemon in ipairs(living) do
    fields[i] = daemon .. '//'
  end
  if #living > 0 then
    for _, count in ipairs(redis.call('HMGET', on, unpack(fields))) do
      total = total + (tonumber(count) or 0)
    end
  end
  return total
end

-- A daemon has left the group, or died.
local function forget_daemon(on, daemon)
  redis.call('HDEL', on, daemon, daemon .. '/', daemon .. '//')
  -- Cluster: redis.call('HDEL', on, daemon, daemon .. '/', daemon .. '//', daemon .. '///')
end

-- The ids that several texts have, each once.
local function union_of(texts)
  local seen, ids = {}, {}
  for _, text in ipairs(texts) do
    for id in text:gmatch('[^/]+') do
      if not seen[id] then
        seen[id] = true
        ids[#ids + 1] = id
      end
    end
  end
  return table.concat(ids, '/')
end

-- The number of users of these daemons, and their ids; nil instead of these if the users are more
-- than most, or if a daemon did not tell them. No ids are read unless they are few.
local function who_is_online(on, living, most)
  local total, fields = 0, {}
  if #living == 0 then
    return 0, most > 0 and '' or nil
  end
  for _, count in ipairs(redis.call('HMGET', on, unpack(living))) do
    total = total + (tonumber(count) or 0)
  end
  if total > most then
    return total, nil
  end
  for i, daemon in ipairs(living) do
    fields[i] = daemon .. '/'
  end
  local texts = redis.call('HMGET', on, unpack(fields))
  for _, text in ipairs(texts) do
    if not text then
      return total, nil
    end
  end
  return total, #texts == 1 and texts[1] or union_of(texts)
end
