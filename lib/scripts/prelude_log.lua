-- prelude_log.lua - a group's position, and its log of events (recall, purge, clear, notice).
--
-- A durable event takes a number of the sequence that gives messages their ts. The log is a sorted
-- set: with score 0 'E' and its epoch, with an event's number as score 'ANCHOR FRONT FRAME'.
--   ANCHOR  the ts that was the highest one in the list when it happened (0: the list was empty)
--   FRONT   of a recall the ts that was the highest one in front of the recalled message; else '-'
--   FRAME   the JSON that clients get
-- In a list without other writers these are the ts of the newest message, and of the one in front.
-- Messages of other writers may be late: behind newer ones. They are passed over, as no client's
-- position is that of a late message.
--
-- It needs message, budget and highest.

local LOG_MAX, KEPT_LONGER_S = 1000, 86400
local LATE_MAX, LATE_BYTES = 32, 65536 -- so many late messages in a row are passed over

-- It may be that of no message, but only if other writers have stored such an entry.
local function entry_ts(raw)
  return ts_at_the_end(raw) or may_look(raw) and read_ts(raw) or nil
end

-- The epoch of the log; nil if there is no log.
local function log_epoch(log)
  local first = redis.pcall('ZRANGE', log, 0, 0)[1]
  return first and first:match('^E(%x+)$')
end

-- The value of the group's last ts. If that has expired, the number of the newest event.
local function last_number(key, log)
  local last = redis.pcall('GET', key)
  -- Cluster: local last = redis.pcall('HGET', key, 'ts')
  if type(last) == 'string' and last:find('^%d') then
    return last
  end
  return redis.pcall('ZRANGE', log, -1, -1, 'WITHSCORES')[2] or '0'
end

-- The group's position: the highest number given out, or taken by other writers. And: is it certain
-- that no entry came after it? The newest entry may be a late one that has the same ts.
local function group_position(list, key, log, now)
  local last = last_number(key, log)
  local ts, noted = last:match('^(%d+) ?(.*)$')
  local at, entries = tonumber(ts), redis.call('LRANGE', list, -4, -1)
  local newest = table.remove(entries)
  if not newest or noted ~= '' and newest:sub(-NOTE_BYTES) == noted then
    return at, true
  elseif newest:sub(-#ts - 6) ~= '"ts":' .. ts .. '}' then
  -- Java: elseif newest:sub(-#ts - 9) ~= '\\"ts\\":' .. ts .. '}"' then
    return highest_of(list, last, now), false
  end
  for _, raw in ipairs(entries) do
    if (ts_at_the_end(raw) or 0) >= at then
      return at, false
    end
  end
  return at, true
end

-- The number of an event that happens now. To be asked before it changes the list.
local function next_number(list, key, log)
  local now = now_ms()
  return math.max(now, (group_position(list, key, log, now)) + 1)
end

-- The highest ts, below a number, of the entries up to an index. Returns 0 if there are none.
local function top_ts(list, index, number)
  local top = 0
  to_read, to_keep = LATE_BYTES, 0
  if index >= 0 then
    walk(list, index, math.max(0, index - LATE_MAX), -1, function(raw)
      local ts = entry_ts(raw)
      if ts and ts < number and ts > top then
        top = ts
      end
    end)
  end
  return top
end

-- Stores and publishes an event that has changed the list as it should. rest: the frame's JSON
-- behind its number. front: FRONT, as above. Without a log it is published alone: a client whose log
-- has expired may hear it, and begins anew when it comes back.
-- The number goes into the last ts, with a note of the entry that is the newest now: so append.lua
-- finds no gap to search.
local function record_event(list, key, log, channel, timeout_s, number, kind, rest, front)
  local anchor = top_ts(list, redis.call('LLEN', list) - 1, number)
  local newest = redis.call('LINDEX', list, -1)
  local frame = '{"type":"' .. kind .. '","at":' .. digits(number) .. rest
  local member = digits(anchor) .. ' ' .. front .. ' ' .. frame
  if log_epoch(log) then
    redis.pcall('ZADD', log, digits(number), member)
    redis.pcall('ZREMRANGEBYRANK', log, 1, -LOG_MAX - 1)
    redis.pcall('EXPIRE', log, timeout_s + KEPT_LONGER_S)
  end
  local note = newest and ' ' .. newest:sub(-NOTE_BYTES) or ''
  redis.pcall('SET', key, digits(number) .. note, 'EX', timeout_s + KEPT_LONGER_S)
  -- Cluster: redis.pcall('HSET', key, 'ts', digits(number) .. note)
  -- Cluster: redis.pcall('EXPIRE', key, timeout_s + KEPT_LONGER_S)
  redis.call('PUBLISH', channel, frame)
  -- Cluster: redis.call('SPUBLISH', channel, frame)
end
