-- prelude_missed.lua - what a client of fastim.v2 has missed since its position, if that can be
-- proved: section 6 of the contract has the rules.
--
-- A position is the number of an event, or the ts of a message. Its anchor is the message behind
-- which all others in the list were missed: that message; if it was recalled, the one that stood in
-- front of it; of an event, the one that was the newest then.
--
-- It needs message, budget, highest and log.

local CHAIN_MAX = 16

-- The log's events above a number: member, number, member, number... Returns nil if the log has
-- dropped some of them, or if there are more than most.
local function events_above(log, since, most)
  local oldest = redis.call('ZRANGE', log, 1, 1, 'WITHSCORES')
  if oldest[2] and tonumber(oldest[2]) > since and redis.call('ZCARD', log) > LOG_MAX then
    return nil
  end
  local events = redis.call('ZRANGEBYSCORE', log, '(' .. digits(since), '+inf', 'WITHSCORES',
                            'LIMIT', 0, most + 1)
  return #events <= 2 * most and events or nil
end

-- The ts of the anchor; nil if there is none. events: those above the position. Each link of the
-- chain was in the list when the one before it was recalled. So its own recall comes later.
local function find_anchor(log, since, events)
  local named = redis.call('ZRANGEBYSCORE', log, digits(since), digits(since))[1]
  local anchor, links = named and tonumber(named:match('^%d+')) or since, 0
  for i = 1, #events, 2 do
    local front, ts = events[i]:match('^%d+ (%d+) .*"ts":(%d+)}$') -- only recalls have a FRONT
    if front and tonumber(ts) == anchor then
      anchor, links = tonumber(front), links + 1
    end
  end
  return anchor > 0 and links <= CHAIN_MAX and anchor or nil
end

-- Is it a message with this ts? If it is too large to look into: does it begin as those of fastim?
local function has_ts(raw, ts)
  if may_look(raw) then
    return read_ts(raw) == ts
  end
  return raw:sub(1, 12) == '{"groupId":"'
  -- Java: return raw:sub(1, 16) == '"{\\"groupId\\":\\"'
end

-- How many of the entries that walk() visits, newest first, stand behind the anchor.
-- A message of another writer may have the same ts and be late. So the search goes on a little, and
-- a higher ts that it meets shows that this was not the anchor.
local function count_behind(list, length, anchor, most, now, entries)
  local found, older, older_bytes, sure = nil, 0, 0, false
  to_read, to_keep = READ_MAX, LATE_BYTES -- whatever it took to find the group's position
  walk(list, length - 1, math.max(0, length - most - LATE_MAX - 1), -1, function(raw)
    local ts = entry_ts(raw)
    entries[#entries + 1] = raw
    local fits = ts and ts >= anchor and ts < now + DAY_MS
    if fits and (not found and ts > anchor or has_ts(raw, ts)) then
      found = ts == anchor and #entries - 1 or nil
      older, older_bytes, to_keep = 0, 0, found and 0 or LATE_BYTES
    else
      older, older_bytes = older + 1, older_bytes + #raw
    end
    sure = older >= LATE_MAX or found and older_bytes >= LATE_BYTES or #entries == length
    return sure or not found and #entries > most
  end)
  return sure and found
end

-- The entries behind the anchor, oldest first; nil if it is not found, or if they are too many.
local function entries_behind(list, anchor, most, now)
  local length = redis.call('LLEN', list)
  local edge = redis.call('LINDEX', list, -most - 1) -- one too many
  local edge_ts = edge and ts_at_the_end(edge)
  if edge_ts and edge_ts > anchor and edge_ts < now + DAY_MS then
    return nil
  end
  local entries, behind = {}, {} -- newest first, oldest first
  local count = count_behind(list, length, anchor, most, now, entries)
  for i = count or 0, 1, -1 do
    behind[#behind + 1] = entries[i]
  end
  return count and count <= most and behind or nil
end

-- What was missed since a position, at most so many frames: entries, and events as events_above()
-- has them. Returns nil if that cannot be proved. at, settled: as group_position() has them.
local function missed_since(list, log, since, at, settled, most, now)
  if since <= 0 or since > at then
    return nil
  elseif since == at and settled then
    return {}, {}
  end
  local events = events_above(log, since, most)
  local anchor = events and find_anchor(log, since, events)
  local entries = anchor and entries_behind(list, anchor, most - #events / 2, now)
  if entries then
    return entries, events
  end
end
