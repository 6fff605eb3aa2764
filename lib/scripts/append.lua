-- append.lua - stores a message and publishes it, in one step: here a group's order is made.
--
-- KEYS  1 list, 2 last ts, 3 this daemon's append number, 4 login
-- ARGV  1 JSON before the ts, 2 JSON behind it, 3 channel, 4 list's expiry (s), 5 messages kept (0: all),
--       6 number of this append, 7 latest time to store it (ms, this clock), 8 token ('': no check)
-- Returns the ts; or, nothing having been stored, -1 not logged in, -2 too late, -3 an append before
-- this one is missing.
-- Needs: login message

local DAY_MS, LOOK_BACK, LOOK_STEP = 86400000, 1024, 64

-- Foreign writers' ts, as far as they stand behind our last one, lift ours if less than a day ahead.
local function highest_ts(list, last, now)
  local newest = redis.call('LINDEX', list, -1)
  local tail = '"ts":' .. digits(last) .. '}'
  if not newest or newest:sub(-#tail) == tail then -- the usual case: it is ours
    return last
  end
  local highest = last
  for behind = 0, LOOK_BACK - 1, LOOK_STEP do
    local entries = redis.call('LRANGE', list, -behind - LOOK_STEP, -behind - 1)
    for i = #entries, 1, -1 do
      local ts = read_ts(entries[i])
      if ts == last then
        return highest
      elseif ts and ts > highest and ts < now + DAY_MS then
        highest = ts
      end
    end
    if #entries < LOOK_STEP then
      return highest
    end
  end
  return highest
end

local number = tonumber(ARGV[6])
if tonumber(redis.call('GET', KEYS[3]) or 0) ~= number - 1 then
  return -3 -- also of a run's first one, where Redis had lost the script when that came
end
local now = now_ms()
if now > tonumber(ARGV[7]) then
  return -2
end
if ARGV[8] ~= '' and not is_login(KEYS[4], ARGV[8]) then
  return -1
end

local last = tonumber(redis.call('GET', KEYS[2]) or 0)
local ts = math.max(now, highest_ts(KEYS[1], last, now) + 1)
local message = ARGV[1] .. digits(ts) .. ARGV[2]
local timeout, kept = tonumber(ARGV[4]), tonumber(ARGV[5])

-- First the write that Redis refuses where it must: after it, nothing is refused any more.
local count = redis.call('RPUSH', KEYS[1], message)
if kept > 0 and count > kept then
  redis.call('LTRIM', KEYS[1], -kept, -1)
end
redis.call('EXPIRE', KEYS[1], timeout)
redis.call('SET', KEYS[2], digits(ts), 'EX', timeout + 86400)
redis.call('SET', KEYS[3], ARGV[6], 'EX', 600)
if ARGV[8] ~= '' then
  renew_login(KEYS[4])
end
redis.call('PUBLISH', ARGV[3], message)
return ts
