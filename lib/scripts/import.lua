-- import.lua - entries of an export go behind the newest one of a group's list, as they are.
--
-- Nobody is told of them. So no client may be in the group, and no position of before it proves
-- that a client has missed nothing: the event log goes.
--
-- A batch whose connection has broken may still be on its way. So nothing is stored unless the
-- import's token is there. Once it was removed, the list tells what is stored.
--
-- KEYS  1 list, 2 last ts, 3 event log, 4 audit, 5 token of the import that is under way
-- ARGV  1 length of the list, 2 the last bytes of its newest entry ('': there is none), as the
--       import knows them, 3 expiry of the list (s), 4 messages kept (0: all), 5 highest ts of the
--       import that counts (0: none), 6 the group's channel, 7 token, 8 a note behind its time, to
--       end with ('': none), 9... entries
-- Returns the list's length; -3 the list is not as the import knows it, -2 clients are in the
-- group: nothing is stored.
-- Needs: message budget highest log

local TOKEN_S = 3600

local list, key = KEYS[1], KEYS[2]
local length, newest = redis.call('LLEN', list), redis.call('LINDEX', list, -1) or ''
if ARGV[8] ~= '' then
  redis.call('LPUSH', KEYS[4], '{"when":' .. digits(now_ms()) .. ',' .. ARGV[8])
  -- Cluster: -- The audit is in another slot: a step notes it.
  redis.call('LTRIM', KEYS[4], 0, 999)
  -- Cluster: --
  if redis.call('GET', KEYS[5]) == ARGV[7] then
    redis.call('DEL', KEYS[5])
  end
  return length
end
if redis.call('GET', KEYS[5]) ~= ARGV[7] then
  return -3
elseif length ~= tonumber(ARGV[1]) or newest:sub(-NOTE_BYTES) ~= ARGV[2] then
  return -3
elseif redis.call('PUBSUB', 'NUMSUB', ARGV[6])[2] > 0 then
-- Cluster: elseif redis.call('PUBSUB', 'SHARDNUMSUB', ARGV[6])[2] > 0 then
  return -2
end
local highest = math.max(highest_of(list, last_number(key, KEYS[3]), now_ms()), tonumber(ARGV[5]))
length = redis.call('RPUSH', list, unpack(ARGV, 9))
local kept = tonumber(ARGV[4])
if kept > 0 and length > kept then
  redis.call('LTRIM', list, -kept, -1)
  length = kept
end
redis.call('EXPIRE', list, ARGV[3])
redis.call('DEL', KEYS[3])
redis.call('EXPIRE', KEYS[5], TOKEN_S)
-- As prelude_log.lua has it: with a note if the newest entry has another ts.
newest = ARGV[#ARGV]
local note = ts_at_the_end(newest) == highest and '' or ' ' .. newest:sub(-NOTE_BYTES)
redis.call('SET', key, digits(highest) .. note, 'EX', ARGV[3] + KEPT_LONGER_S)
-- Cluster: redis.call('HSET', key, 'ts', digits(highest) .. note)
-- Cluster: redis.call('EXPIRE', key, ARGV[3] + KEPT_LONGER_S)
return length
