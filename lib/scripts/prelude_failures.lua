-- prelude_failures.lua - failed logins of a user and of a client's address.
--
-- Each key is a list with the times of the newest failures (Unix ms), at most as many as the limit.
-- With so many within the window, the next login waits until the oldest one is out of it. So no
-- span as long as the window ever has more failures than the limit.

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Seconds until all these lists are below the limit; 0: they are. With a limit of 0 there is none.
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
