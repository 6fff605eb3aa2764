-- append.lua - stores a message and publishes it in one step. This gives a group its order.
--
-- KEYS  1 list, 2 last ts, 3 the producer's seq, 4 its refusals, 5 login, 6 rules of the group,
--       7 rules of all groups, 8 the user's last sends, 9 messages of this second
--       With membersOnly there is a further key, the user's groups.
-- ARGV  1 JSON before the ts, 2 JSON behind it, 3 channel, 4 expiry of the list (s),
--       5 messages kept (0: all), 6 seq of this append (0: it has none, and no producer),
--       7 deadline (ms, this clock), 8 token ('': no check), 9 id of this send ('': none), 10 user,
--       11 who says that it is this user (0: nobody; 1: a login; mod, vip: a JWT with that role;
--       operator: no rule holds), 12 slow and 13 cap of a group that was set nothing else
--       With membersOnly there is a further argument, the group.
--       On a cluster there is one more instead, the producer: DAEMON:EPOCH.
-- Returns the ts; or {1, ts} if the id is known, with the ts of its first send: nothing is stored.
-- Or it is refused: -1 not logged in, -4 no member, {-5, reason, ms to wait (0: waiting does not
-- help)} a rule of the group. Of all these the seq counts as stored. A refusal is noted under it,
-- for a producer whose reply is lost: 'SEQ ANSWER...', with spaces, the newest last.
-- The seq may come again: {-2, this clock} too late, -3 an append before it is missing.
--
-- This runs for each message, and making a function, or a number from a text, costs as much as a
-- command. So what is rarely needed is made only where it is needed.

local IDS_KEPT, IDS_KEPT_S, REFUSALS_KEPT = 32, 300, 100000
local IDS_BYTES = 2048 -- older ids are cut off then
-- Cluster: local IDS_BYTES = 2048 -- older ids are cut off then
-- Cluster: local DAEMONS_KEPT = 256 -- of more, those of a day ago go

local call = redis.call

local list, seq, token, id = KEYS[1], tonumber(ARGV[6]), ARGV[8], ARGV[9]
local login = token ~= '' and call('GET', KEYS[5])
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- All that may fail is read before the first write. sent: the last sends, newest last, as 'ID TS'
-- with commas between them; no id has a comma or a space. With slow, the newest one without an id
-- stands in front of all; if a ts is ahead of this clock, the time stands behind it: 'ID TS MS'.
local sent, sent_s = id ~= '' and (call('GET', KEYS[8]) or ''), IDS_KEPT_S
local why, wait, is_slow, counted
local is_free = ARGV[11] == 'operator'
local has_rules = is_free and 0 or call('EXISTS', KEYS[6], KEYS[7], KEYS[7]) -- 1, 2, or 3: both
-- Cluster: local has_rules = is_free and 0 or call('EXISTS', KEYS[6])
if has_rules > 0 or not is_free and (ARGV[12] ~= '0' or ARGV[13] ~= '0') then
  -- Needs: verdict
end
local groups = KEYS[10]
local stranger = groups and call('SISMEMBER', groups, ARGV[14]) == 0
-- Java: local bare = groups and ARGV[14]:match('^"(%-?%d+)"$')
-- Java: local stranger = groups and call('SISMEMBER', groups, ARGV[14]) == 0 and
-- Java:   not (bare and call('SISMEMBER', groups, bare) == 1)
local last = call('GET', KEYS[2]) or '0'
-- Cluster: -- A hash: the last ts, and for each daemon the epoch and the seq of its last append, and the
-- Cluster: -- second of that.
-- Cluster: local daemon, epoch = ARGV[14]:match('^(.*):(%d+)$')
-- Cluster: local book = call('HMGET', KEYS[2], 'ts', daemon or '')
-- Cluster: local last = book[1] or '0'
local highest = tonumber(last) or tonumber(last:match('^%d+')) or 0 -- a note may stand behind it

-- The INCR is the first write: if Redis refuses all writes, it refuses this one. After it the
-- message counts as stored. So from here on nothing raises an error, and a way out on which the seq
-- may come again takes it back. Without a producer the RPUSH is the first write.
-- -3: also if Redis had lost the script when the first append of an epoch came.
local instead = seq > 0 and call('INCR', KEYS[3]) ~= seq and -3
-- Cluster: local before = seq > 0 and book[2] or ''
-- Cluster: local its_epoch, its_seq = before:match('^(%d+) (%d+)')
-- Cluster: local expected = its_epoch and its_epoch == epoch and its_seq + 1 or 1
-- Cluster: local instead = seq > 0 and expected ~= seq and -3
-- Cluster: local entry = seq > 0 and epoch .. ' ' .. ARGV[6] .. ' ' .. time[1] -- if the seq counts

-- The checks, in the order of the contract. The first one: is the id known? sent has a KiB, so each
-- copy costs as much as a command. It has fewer commas than letters, so what begins with a comma is
-- found in half the time.
local known
if not instead and id ~= '' then
  local from, to = sent:find(',' .. id .. ' ', 1, true)
  if not from and sent:sub(1, #id + 1) == id .. ' ' then
    from, to = 1, #id + 1
  end
  if from and select(2, sent:sub(to):gsub(',', '')) < IDS_KEPT then
    known = tonumber(sent:match('^%d+', to + 1))
  end
end
if not instead and not known and now > tonumber(ARGV[7]) then
  instead = {-2, now}
end
if instead then
  -- Needs: unused
  -- Cluster: -- Nothing is written so far.
  return instead
end
if seq % 64 == 1 then -- if it expires in between, the producer begins a new epoch
  call('EXPIRE', KEYS[3], 86400)
  -- Cluster: if call('HLEN', KEYS[2]) > DAEMONS_KEPT then
  -- Cluster:   local fields = call('HGETALL', KEYS[2])
  -- Cluster:   for i = 1, #fields, 2 do
  -- Cluster:     local second = tonumber(fields[i + 1]:match('^%d+ %d+ (%d+)$'))
  -- Cluster:     if second and second < time[1] - 86400 then
  -- Cluster:       call('HDEL', KEYS[2], fields[i])
  -- Cluster:     end
  -- Cluster:   end
  -- Cluster: end
end
local refusal = token ~= '' and login ~= token and '-1' or why and '-5 ' .. why .. ' ' .. wait or
  stranger and '-4'
if known then
-- Cluster: if entry and (known or refusal) then
-- Cluster:   call('HSET', KEYS[2], daemon, entry)
-- Cluster:   call('EXPIRE', KEYS[2], ARGV[4] + 86400)
-- Cluster: end
-- Cluster: if known then
  call('EXPIRE', KEYS[8], sent_s)
  return {1, known}
end
if refusal then
  if seq > 0 then
    local count = redis.pcall('RPUSH', KEYS[4], ARGV[6] .. ' ' .. refusal)
    if count == 1 then
      call('EXPIRE', KEYS[4], 86400)
    elseif count == REFUSALS_KEPT + 1 then
      call('LPOP', KEYS[4])
    end
  end
  return why and refusal ~= '-1' and {-5, why, wait} or tonumber(refusal)
end

local newest = redis.pcall('LINDEX', list, -1)
if type(newest) == 'string' and newest:sub(-#last - 6) ~= '"ts":' .. last .. '}' then
-- Java: if type(newest) == 'string' and newest:sub(-#last - 9) ~= '\\"ts\\":' .. last .. '}"' then
  -- Other writers came after fastim's last one.
  -- Needs: message budget highest
  highest = highest_of(list, last, now)
end
local number = math.max(now, highest + 1)
local ts = string.format('%.0f', number) -- tostring() would make it 1.6e+12
local message = ARGV[1] .. ts .. ARGV[2]

local count = redis.pcall('RPUSH', list, message)
if type(count) == 'table' then -- an error: the key is of another type, for example
  -- Needs: unused
  -- Cluster: -- Nothing is written so far.
  return count
end
local kept = tonumber(ARGV[5])
if kept > 0 and count > kept then
  call('LTRIM', list, -kept, -1)
end
call('EXPIRE', list, ARGV[4])
call('SET', KEYS[2], ts, 'EX', ARGV[4] + 86400)
-- Cluster: if entry then
-- Cluster:   call('HSET', KEYS[2], 'ts', ts, daemon, entry)
-- Cluster: else
-- Cluster:   call('HSET', KEYS[2], 'ts', ts)
-- Cluster: end
-- Cluster: call('EXPIRE', KEYS[2], ARGV[4] + 86400)
if id ~= '' or is_slow then
  local send = id .. ' ' .. ts
  if is_slow and number - now >= 1000 then
    send = send .. string.format(' %.0f', now)
  end
  if id == '' then
    local others = sent:byte() == 32 and (sent:match(',(.*)$') or '') or sent
    call('SET', KEYS[8], send .. (others ~= '' and ',' or '') .. others, 'EX', sent_s)
  elseif #sent < IDS_BYTES then
    call('APPEND', KEYS[8], sent == '' and send or ',' .. send)
    call('EXPIRE', KEYS[8], sent_s)
  else
    local commas = {}
    for comma in sent:gmatch('(),') do
      commas[#commas + 1] = comma
    end
    local before = commas[#commas - IDS_KEPT + 2] or 0 -- the newest ones stand behind it
    call('SET', KEYS[8], sent:sub(before + 1) .. ',' .. send, 'EX', sent_s)
  end
end
if counted then
  call('SET', KEYS[9], time[1] .. ' ' .. counted + 1, 'EX', 2)
end
if token ~= '' then
  call('EXPIRE', KEYS[5], 86400)
end
call('PUBLISH', ARGV[3], message)
-- Cluster: call('SPUBLISH', ARGV[3], message)
return number
