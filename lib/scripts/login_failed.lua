-- login_failed.lua - counts a login that has failed.
--
-- If other logins have reached the limit in the meantime, it is not counted, and the client must
-- not learn that it failed.
--
-- KEYS  1… failures
-- ARGV  1 limit, 2 seconds in which they count
-- Returns the seconds to wait; 0: it was counted.
-- Needs: failures

local limit = tonumber(ARGV[1])
local wait = seconds_to_wait(KEYS, 1, limit, tonumber(ARGV[2]))
if wait == 0 and limit > 0 then
  local now = now_ms()
  for _, key in ipairs(KEYS) do
    redis.call('RPUSH', key, now)
    redis.call('LTRIM', key, -limit, -1)
    redis.call('EXPIRE', key, ARGV[2])
  end
end
return wait
