-- presence.lua - a daemon reports its users in a group. If the presence of the group has changed,
-- it is told to all daemons, but not too often: this script holds them all to that.
--
-- KEYS  1 presence of the group, 2 leases of all daemons, 3 groups by how many are online
-- ARGV  1 daemon, 2 how many users it has (0: it has left the group), 3 their ids ('': they are
--       too many), each as in JSON, without the quotes around it, with slashes between them,
--       4 of so many users at most ids are told (0: never), 5 ms between two tellings without ids,
--       6 channel of events, 7 group, 8 1: the daemon ends, so its users are gone at once, 9 how
--       many connections they have: these are told to nobody
-- Returns what was told last: number, and ids in the same form (nil: none were told); and after
-- how many ms the daemon is to report again, as something is not told yet (0: nothing).
-- Needs: presence

local NAMES_MS = 1000 -- between two tellings with ids

local on, leases, top = KEYS[1], KEYS[2], KEYS[3]
local daemon, users, ids = ARGV[1], ARGV[2], ARGV[3]

local function store_report()
  if users == '0' then
    forget_daemon(on, daemon)
  elseif ids == '' then
    redis.call('HSET', on, daemon, users, daemon .. '//', ARGV[9])
    redis.call('HDEL', on, daemon .. '/')
  else
    redis.call('HSET', on, daemon, users, daemon .. '/', ids, daemon .. '//', ARGV[9])
  end
end

-- Have both texts the same ids? In each of them an id stands once.
local function has_same(a, b)
  local seen, count = {}, 0
  for id in a:gmatch('[^/]+') do
    seen[id] = true
    count = count + 1
  end
  for id in b:gmatch('[^/]+') do
    if not seen[id] then
      return false
    end
    count = count - 1
  end
  return count == 0
end

local function as_json(names)
  return names == '' and '[]' or '["' .. names:gsub('/', '","') .. '"]'
end

local function tell(total, names, now)
  local event = '{"do":"presence","online":' .. total
  redis.call('HSET', on, '=', string.format('%.0f %d', now, total) .. (names and ' ' .. names or ''))
  redis.call('PUBLISH', ARGV[6], event .. (names and ',"users":' .. as_json(names) or '') .. '}')
  -- Cluster: redis.call('SPUBLISH', ARGV[6], event .. (names and ',"users":' .. as_json(names) or '') .. '}')
  if total > 0 then
  -- Cluster: if false then -- the groups by how many are online are in another slot
    redis.call('ZADD', top, total, ARGV[7])
    redis.call('EXPIRE', top, KEPT_S) -- lease.lua renews it
  else
  -- Cluster: elseif false then
    redis.call('ZREM', top, ARGV[7])
  end
end

local now, most = now_ms(), tonumber(ARGV[4])
store_report()
if ARGV[8] ~= '1' then
  renew_lease(leases, daemon, now)
end
local living, dead = daemons_of(on, leases, now)
for _, gone in ipairs(dead) do
  forget_daemon(on, gone)
end
local total, names = who_is_online(on, living, most)

local at, told, rest = (redis.call('HGET', on, '=') or ''):match('^(%d+) (%d+)(.*)$')
told = tonumber(told or 0)
local told_names = rest and rest ~= '' and rest:sub(2) or nil
local is_told
if at then
  is_told = told == total and
    (told_names == names or told_names and names and has_same(told_names, names))
else
  is_told = total == 0
end
local wait = 0
if not is_told then
  local since, pause = now - (at or 0), names and NAMES_MS or tonumber(ARGV[5])
  if ARGV[8] == '1' or since < 0 or since >= pause then -- below 0: Redis' clock stepped back
    tell(total, names, now)
    told, told_names = total, names
  else
    wait = pause - since
  end
end
if total == 0 and wait == 0 then
  redis.call('DEL', on)
else
  redis.call('EXPIRE', on, KEPT_S)
end
return {told, told_names or false, wait}
