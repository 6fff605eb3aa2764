-- prelude_failures.lua - failed logins of a user and of a client's address: when the last ones were, in Unix milliseconds.
--
-- Each key is a list of the newest failures, at most as many as the limit: who has that many within the window has to
-- wait until the oldest of them is out of it. So there are never more in any span of that length.

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Seconds until all of these are below the limit; 0: they are. A limit of 0 is none.
local function seconds_to_wait(keys, first, limit, window_s)
  local wait = 0
  for i = first, limit > 0 and #keys or 0 do
    local oldest = redis.call('LINDEX', keys[i], -limit)
    if oldest then
      wait = math.max(wait, math.ceil((oldest + window_s * 1000 - now_ms()) / 1000))
    end
  end
  return wait
end
