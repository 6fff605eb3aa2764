-- prelude_failures.lua - failed logins, counted for a user and for a client's address.

-- Seconds until none of these counts is at its limit any more; 0: none is. A limit of 0 is none.
local function seconds_to_wait(keys, first, limit)
  local wait = 0
  for i = first, limit > 0 and #keys or 0 do
    if tonumber(redis.call('GET', keys[i]) or 0) >= limit then
      wait = math.max(wait, 1, math.ceil(redis.call('PTTL', keys[i]) / 1000))
    end
  end
  return wait
end
