-- prelude_recall.lua - takes a message out of a group's list, as an event if the group has a log.
--
-- It needs message, budget, find, highest and log.

local LARGE, FAR = 1024, 50000

-- Removes one entry. LREM searches from the nearer end. A message that may be recalled is young, so that is fast. But
-- it compares all that is equally long, and large texts may be the same up to the ts. So a large
-- entry is replaced by a short one first.
local function remove(list, index, raw, length)
  local from_tail = 2 * index > length
  if #raw > LARGE then
    raw = 'recalled:' .. raw:sub(-28)
    redis.call('LSET', list, index, raw)
  end
  redis.call('LREM', list, from_tail and -1 or 1, raw)
end

-- The newest entry is gone. If it was the last one that append.lua wrote, this notes the entry
-- that is the newest now, behind the last ts. Else append.lua would look for that ts in vain.
local function note_newest(list, key, raw)
  local last = redis.pcall('GET', key)
  -- Cluster: local last = redis.pcall('HGET', key, 'ts')
  local ts, noted = (type(last) == 'string' and last or ''):match('^(%d+) ?(.*)$')
  if ts and (raw:sub(-#ts - 6) == '"ts":' .. ts .. '}' or raw:sub(-NOTE_BYTES) == noted) then
  -- Java: if ts and (raw:sub(-#ts - 9) == '\\"ts\\":' .. ts .. '}"' or raw:sub(-NOTE_BYTES) == noted) then
    local newest = read_one(list, -1)
    local ttl = redis.call('PTTL', key)
    if newest and ts_at_the_end(newest) and ttl > 0 then
      redis.pcall('SET', key, ts .. ' ' .. newest:sub(-NOTE_BYTES), 'PX', ttl)
      -- Cluster: redis.pcall('HSET', key, 'ts', ts .. ' ' .. newest:sub(-NOTE_BYTES))
    end
  end
end

-- What recall_message() takes out.
-- Java: -- Needs: copies

-- head: as fastim writes the message, up to the quote before its text. channel, timeout_s, rest: as
-- record_event() has them. Returns 1, or -3 if there is no such message.
local function recall_message(list, key, log, head, user, ts, channel, timeout_s, rest)
  local index, raw = find_message(list, head, user, ts)
  local length = redis.call('LLEN', list)
  if not index or math.min(index, length - index) > FAR then
    return -3
  end
  if not log_epoch(log) then
    remove(list, index, raw, length)
    -- Java: raw = redis.call('LINDEX', list, -1)
    -- Java: remove_all(list, index, head, user, ts, length)
    if index == length - 1 then
    -- Java: if redis.call('LINDEX', list, -1) ~= raw then
      note_newest(list, key, raw)
    end
    return 1
  end
  -- No client's position is that of a late message, so nobody will ask what stood in front of it.
  local number = next_number(list, key, log)
  local front = top_ts(list, index - 1, number)
  front = front < ts and digits(front) or '-'
  remove(list, index, raw, length)
  -- Java: remove_all(list, index, head, user, ts, length)
  record_event(list, key, log, channel, timeout_s, number, 'recall', rest, front)
  return 1
end
