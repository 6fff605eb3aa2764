-- prelude_failures.lua - failed logins of a user, of a client's address, and of both together.
--
-- A key of a user or an address is a list with the times of the newest failures (Unix ms). With as
-- many as its limit within the window, the next login waits until the oldest one is out of it. So
-- no span as long as the window ever has more failures than the limit.
--
-- The limit of an address is that of the settings. That of a user is the same only for addresses
-- that have failed at this user themselves; it is ten times that for others. Else a stranger who
-- fails on purpose would lock the user out, everywhere and for good.

local STRANGERS = 10

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Seconds until the list is below the limit.
local function seconds_of_list(key, limit, window_s)
  local oldest = redis.call('LINDEX', key, -limit)
  local wait = oldest and math.ceil((oldest + window_s * 1000 - now_ms()) / 1000) or 0
  return math.max(wait, 0)
end

-- Seconds until a login may be tried; 0: now. With a limit of 0 there is no wait. From first on the
-- keys are those of the user, the address and both together; an address that is not known has none.
local function seconds_to_wait(keys, first, limit, window_s)
  local user, client, both = keys[first], keys[first + 1], keys[first + 2]
  if limit == 0 then
    return 0
  elseif not client then
    return seconds_of_list(user, limit, window_s)
  end
  local own = redis.call('EXISTS', both) == 1
  return math.max(seconds_of_list(client, limit, window_s),
                  seconds_of_list(user, own and limit or STRANGERS * limit, window_s))
end

-- Counts a failure under these keys.
local function count_failure(keys, limit, window_s)
  local now = now_ms()
  for i, kept in ipairs({STRANGERS * limit, limit, 1}) do
    if keys[i] then
      redis.call('RPUSH', keys[i], now)
      redis.call('LTRIM', keys[i], -kept, -1)
      redis.call('EXPIRE', keys[i], window_s)
    end
  end
end
