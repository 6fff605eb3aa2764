-- append.lua - stores a message and publishes it in one step. This gives a group its order.
--
-- KEYS  1 list, 2 last ts, 3 the producer's seq, 4 login
--       With membersOnly there is a further key, the user's groups.
-- ARGV  1 JSON before the ts, 2 JSON behind it, 3 channel, 4 expiry of the list (s),
--       5 messages kept (0: all), 6 seq of this append, 7 deadline (ms, this clock),
--       8 token ('': no check)
--       With membersOnly there is a further argument, the group.
-- Returns the ts; or, if nothing was stored, -1 not logged in, {-2, this clock} too late, -3 an
-- append before it is missing, -4 no member.
--
-- This runs for each message, and making a function, or a number from a text, costs as much as a
-- command. So what is rarely needed is made only where it is needed.

local call = redis.call

-- Called if the newest entry is not fastim's last one: other writers came after that. The highest
-- ts among theirs and ours; a ts of theirs counts if it is less than a day ahead. last: the key's
-- value, which ends in what recall.lua noted.
local function highest_ts(list, last, now)
  -- Needs: message budget
  local DAY_MS, LOOK_BACK, LOOK_BACK_BYTES = 86400000, 2048, 524288
  local ts, noted = last:match('^(%d+) ?(.*)$')
  local ours, highest = tonumber(ts) or 0, tonumber(ts) or 0
  local function visit(raw)
    local its_ts = ts_at_the_end(raw)
    if its_ts and its_ts == ours or noted ~= '' and raw:sub(-28) == noted then
      return true
    elseif its_ts and (its_ts <= highest or its_ts >= now + DAY_MS) then
      return false
    elseif may_look(raw) then
      its_ts = read_ts(raw)
    elseif raw:sub(1, 12) ~= '{"groupId":"' then
      return false -- too large to look into, and it does not begin as those of fastim do
    end
    if its_ts and its_ts > highest and its_ts < now + DAY_MS then
      highest = its_ts
    end
  end
  to_read = LOOK_BACK_BYTES
  walk(list, -1, -LOOK_BACK, -1, visit)
  return highest
end

local list, seq, token = KEYS[1], tonumber(ARGV[6]), ARGV[8]
local login = token ~= '' and call('GET', KEYS[4])
local stranger = KEYS[5] and call('SISMEMBER', KEYS[5], ARGV[9]) == 0
local last = call('GET', KEYS[2]) or '0'
local highest = tonumber(last) or tonumber(last:match('^%d+')) or 0 -- a note may stand behind it

-- The INCR is the first write: if Redis refuses all writes, it refuses this one. After it the
-- message counts as stored. So from here on nothing raises an error, and each way out without a
-- message gives the seq back.
local function give_seq_back()
  if call('DECR', KEYS[3]) < 1 then
    call('DEL', KEYS[3])
  end
end
if call('INCR', KEYS[3]) ~= seq then
  give_seq_back()
  return -3 -- also if Redis had lost the script when the first append of an epoch came
end
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > tonumber(ARGV[7]) then
  give_seq_back()
  return {-2, now}
end
if token ~= '' and login ~= token then
  give_seq_back()
  return -1
end
if stranger then
  give_seq_back()
  return -4
end

local newest = redis.pcall('LINDEX', list, -1)
if type(newest) == 'string' and newest:sub(-#last - 6) ~= '"ts":' .. last .. '}' then
  highest = highest_ts(list, last, now)
end
local ts = string.format('%.0f', math.max(now, highest + 1)) -- tostring() would make it 1.6e+12
local message = ARGV[1] .. ts .. ARGV[2]

local count = redis.pcall('RPUSH', list, message)
if type(count) == 'table' then -- an error: the key is of another type, for example
  give_seq_back()
  return count
end
local kept = tonumber(ARGV[5])
if kept > 0 and count > kept then
  call('LTRIM', list, -kept, -1)
end
call('EXPIRE', list, ARGV[4])
call('SET', KEYS[2], ts, 'EX', ARGV[4] + 86400)
if seq % 64 == 1 then -- if it expires in between, the producer begins a new epoch
  call('EXPIRE', KEYS[3], 86400)
end
if token ~= '' then
  call('EXPIRE', KEYS[4], 86400)
end
call('PUBLISH', ARGV[3], message)
return ts + 0
