-- resume.lua - what a client of fastim.v2 begins with: what it has missed since its position, or
-- the newest entries; and in the same step a mark on a daemon's channel, as snapshot.lua has it.
--
-- Makes the group's event log if there is none, with a new epoch, and renews its expiry.
--
-- KEYS  1 list, 2 last ts, 3 event log
-- ARGV  1 how many entries, 2 the daemon's channel, 3 the mark, 4 how many bytes of them,
--       5 expiry of the list (s), 6 the client's epoch ('': it has no position), 7 its position,
--       8 how many frames it may have missed
-- Returns the epoch, the group's position, the list's length, 1 if it is proved that nothing but
-- the following was missed, entries, events.
--   1: the entries behind the client's position, oldest first, and the events above it, as member
--      (see prelude_log.lua), number, member, number...
--   0: the newest entries, oldest first, and no events: a first piece of them, as
--      prelude_piece.lua has it. list_more.lua has those before them.
-- Needs: message budget highest log missed piece

local list, key, log = KEYS[1], KEYS[2], KEYS[3]

-- Four digits of the name of this Redis' data: a failover gives it another one. The new master may
-- lack what was given out last, and give out the same numbers again. So no position of before it
-- proves anything. '' if Redis does not say.
local function data_name()
  local info = redis.pcall('INFO', 'replication')
  return type(info) == 'string' and info:match('master_replid:(%x%x%x%x)') or ''
end

-- The last four digits of an epoch are data_name().
local function make_log(data)
  local time = redis.call('TIME')
  local name = time[1] .. '.' .. time[2] .. ' ' .. ARGV[2] .. ' ' .. ARGV[3]
  local epoch = redis.sha1hex(name):sub(1, 8 - #data) .. data
  if redis.call('EXISTS', log) == 1 then -- it is no log of ours
    redis.call('DEL', log)
  end
  redis.pcall('ZADD', log, 0, 'E' .. epoch) -- clients get in even if Redis cannot store
  return epoch
end

-- The newest ones, oldest first.
local function newest_piece(length)
  local newest = piece(list, length - 1, 0, -1, tonumber(ARGV[1]), tonumber(ARGV[4]))[3]
  local entries, count = {}, #newest
  for i = 1, count do
    entries[i] = newest[count + 1 - i]
  end
  return entries
end

-- If another writer has taken the position, the next one need not search for it.
local function note_position(at, timeout_s)
  local newest = redis.call('LINDEX', list, -1)
  if ts_at_the_end(newest) == at then
    redis.pcall('SET', key, digits(at), 'EX', timeout_s + KEPT_LONGER_S)
    -- Cluster: redis.pcall('HSET', key, 'ts', digits(at))
    -- Cluster: redis.pcall('EXPIRE', key, timeout_s + KEPT_LONGER_S)
  end
end

local now, timeout_s = now_ms(), tonumber(ARGV[5])
local epoch, data = log_epoch(log), data_name()
if epoch and epoch:sub(9 - #data) ~= data then
  epoch = nil
end
local at, settled = group_position(list, key, log, now)
local entries, events
if epoch and epoch == ARGV[6] then
  entries, events = missed_since(list, log, tonumber(ARGV[7]), at, settled, tonumber(ARGV[8]), now)
end
if not settled then
  note_position(at, timeout_s)
end
epoch = epoch or make_log(data)
redis.call('EXPIRE', log, timeout_s + KEPT_LONGER_S)
redis.call('PUBLISH', ARGV[2], ARGV[3])
-- Cluster: if ARGV[3] ~= '' then -- else it has none, as the slot is on the move
-- Cluster:   redis.call('SPUBLISH', ARGV[2], ARGV[3])
-- Cluster: end
if entries then
  return {epoch, at, redis.call('LLEN', list), 1, entries, events}
end
local length = redis.call('LLEN', list)
return {epoch, at, length, 0, newest_piece(length), {}}
