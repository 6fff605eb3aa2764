-- append.lua - stores a message and publishes it, in one step: here a group's order is made.
--
-- KEYS  1 list, 2 last ts, 3 this daemon's append number, 4 login
-- ARGV  1 JSON before the ts, 2 JSON behind it, 3 channel, 4 list's expiry (s), 5 messages kept (0: all),
--       6 number of this append, 7 latest time to store it (ms, this clock), 8 token ('': no check)
-- Returns the ts; or, nothing having been stored, -1 not logged in, -2 too late, -3 an append before
-- this one is missing.
--
-- It runs for each message: a function that is made, and a number made of a text, cost as much as a
-- command. What is rarely needed is made where it is.

local call = redis.call

-- The newest entry is not our last one. Foreign writers' ts, as far as they stand behind it, lift ours if
-- less than a day ahead.
local function highest_ts(list, last, now)
  -- Needs: message
  local DAY_MS, LOOK_BACK, LOOK_STEP = 86400000, 1024, 64
  local highest = last
  for behind = 0, LOOK_BACK - 1, LOOK_STEP do
    local entries = call('LRANGE', list, -behind - LOOK_STEP, -behind - 1)
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

local list, number, token = KEYS[1], tonumber(ARGV[6]), ARGV[8]
local login = token ~= '' and call('GET', KEYS[4])
local last = call('GET', KEYS[2]) or '0'
local highest = tonumber(last) or 0

-- The first write, so what Redis refuses to all writes it refuses here. From here on the message counts as
-- stored: whoever finds that it is not takes the number back, and nothing raises an error.
local function give_number_back()
  if call('DECR', KEYS[3]) < 1 then
    call('DEL', KEYS[3])
  end
end
if call('INCR', KEYS[3]) ~= number then
  give_number_back()
  return -3 -- also of a run's first one, where Redis had lost the script when that came
end
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > tonumber(ARGV[7]) then
  give_number_back()
  return -2
end
if token ~= '' and login ~= token then
  give_number_back()
  return -1
end

local newest = redis.pcall('LINDEX', list, -1)
if type(newest) == 'string' and newest:sub(-#last - 6) ~= '"ts":' .. last .. '}' then
  highest = highest_ts(list, highest, now)
end
local ts = string.format('%.0f', math.max(now, highest + 1)) -- Lua would write 1.6e+12
local message = ARGV[1] .. ts .. ARGV[2]

local count = redis.pcall('RPUSH', list, message)
if type(count) == 'table' then -- the key is of another type, say
  give_number_back()
  return count
end
local kept = tonumber(ARGV[5])
if kept > 0 and count > kept then
  call('LTRIM', list, -kept, -1)
end
call('EXPIRE', list, ARGV[4])
call('SET', KEYS[2], ts, 'EX', ARGV[4] + 86400)
if number % 64 == 1 then -- should it expire in between, a new run begins
  call('EXPIRE', KEYS[3], 86400)
end
if token ~= '' then
  call('EXPIRE', KEYS[4], 86400)
end
call('PUBLISH', ARGV[3], message)
return ts + 0
