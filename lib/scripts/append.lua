-- append.lua - stores a message and publishes it in one step. This gives a group its order.
--
-- KEYS  1 list, 2 last ts, 3 the producer's seq, 4 login
--       With an id there is a further key, the user's last sends; with membersOnly a last one, the
--       user's groups.
-- ARGV  1 JSON before the ts, 2 JSON behind it, 3 channel, 4 expiry of the list (s),
--       5 messages kept (0: all), 6 seq of this append (0: it has none, and no producer),
--       7 deadline (ms, this clock), 8 token ('': no check), 9 id of this send ('': none)
--       With membersOnly there is a further argument, the group.
-- Returns the ts; or {1, ts} if the id is known, with the ts of its first send: nothing is stored,
-- and the seq counts as stored. If nothing was stored: -1 not logged in, {-2, this clock} too late,
-- -3 an append before it is missing, -4 no member, {-5, reason, ms to wait} a rule of the group.
--
-- This runs for each message, and making a function, or a number from a text, costs as much as a
-- command. So what is rarely needed is made only where it is needed.

local IDS_KEPT, IDS_KEPT_S = 32, 300
local IDS_BYTES = 2048 -- older ids are cut off then

local call = redis.call

local list, seq, token, id = KEYS[1], tonumber(ARGV[6]), ARGV[8], ARGV[9]
local login = token ~= '' and call('GET', KEYS[4])
local sent = id ~= '' and (call('GET', KEYS[5]) or '')
local groups = KEYS[sent and 6 or 5]
local stranger = groups and call('SISMEMBER', groups, ARGV[10]) == 0
local last = call('GET', KEYS[2]) or '0'
local highest = tonumber(last) or tonumber(last:match('^%d+')) or 0 -- a note may stand behind it

-- The INCR is the first write: if Redis refuses all writes, it refuses this one. After it the
-- message counts as stored. So from here on nothing raises an error, and each way out without a
-- message gives the seq back. Without a producer the RPUSH is the first write.
local function give_seq_back()
  if seq > 0 and call('DECR', KEYS[3]) < 1 then
    call('DEL', KEYS[3])
  end
end
if seq > 0 and call('INCR', KEYS[3]) ~= seq then
  give_seq_back()
  return -3 -- also if Redis had lost the script when the first append of an epoch came
end

-- The checks, in the order of the contract. The first one: is the id known? sent has the last
-- sends, newest last, as 'ID TS' with commas between them; no id has a comma or a space.
-- It has a KiB, so each copy costs as much as a command.
if sent then
  local wanted, from, to = id .. ' ', 1, 0
  repeat -- until it is no mere end of another id
    from, to = sent:find(wanted, to + 1, true)
  until not from or from == 1 or sent:byte(from - 1) == 44
  if from and select(2, sent:sub(to):gsub(',', '')) < IDS_KEPT then
    if seq % 64 == 1 then
      call('EXPIRE', KEYS[3], 86400)
    end
    call('EXPIRE', KEYS[5], IDS_KEPT_S)
    return {1, tonumber(sent:match('^%d+', to + 1))}
  end
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
-- Here the group's rules will be looked at: first banned, muted, quiet; then slow, room. What they
-- need is read above, before the first write. A refusal gives the seq back, and returns
-- {-5, reason, ms to wait (0: waiting does not help)}.
if stranger then
  give_seq_back()
  return -4
end

local newest = redis.pcall('LINDEX', list, -1)
if type(newest) == 'string' and newest:sub(-#last - 6) ~= '"ts":' .. last .. '}' then
  -- Other writers came after fastim's last one.
  -- Needs: message budget highest
  highest = highest_of(list, last, now)
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
if sent then
  local send = id .. ' ' .. ts
  if #sent < IDS_BYTES then
    call('APPEND', KEYS[5], sent == '' and send or ',' .. send)
    call('EXPIRE', KEYS[5], IDS_KEPT_S)
  else
    local commas = {}
    for comma in sent:gmatch('(),') do
      commas[#commas + 1] = comma
    end
    local before = commas[#commas - IDS_KEPT + 2] or 0 -- the newest ones stand behind it
    call('SET', KEYS[5], sent:sub(before + 1) .. ',' .. send, 'EX', IDS_KEPT_S)
  end
end
if token ~= '' then
  call('EXPIRE', KEYS[4], 86400)
end
call('PUBLISH', ARGV[3], message)
return ts + 0
