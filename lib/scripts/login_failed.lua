-- login_failed.lua - a login has failed. Where others were faster, and the limit is reached already, it is
-- not counted, and whoever tried must not learn that it failed.
--
-- KEYS  1… failures
-- ARGV  1 limit, 2 seconds for which the first failure is remembered, and those after it as long
-- Returns the seconds to wait, 0: it was counted.
-- Needs: failures

local wait = seconds_to_wait(KEYS, 1, tonumber(ARGV[1]))
if wait == 0 then
  for _, key in ipairs(KEYS) do
    redis.call('INCR', key)
    if redis.call('TTL', key) < 0 then
      redis.call('EXPIRE', key, ARGV[2])
    end
  end
end
return wait
