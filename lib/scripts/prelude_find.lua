-- prelude_find.lua - finds the message that userId and ts name in a group's list.
--
-- A list is sorted by ts, except for entries of other writers. The search steps back from the
-- newest entry, further each time, then closes in. So its cost grows with the age of the message,
-- not with the length of the list. A message out of order is looked for around that position, and
-- among the newest entries. All of it is within the budget of prelude_budget.lua.
--
-- A Java host stores a message up to a second after it has read its clock, if it is busy: behind all
-- that came meanwhile. Where many such stand, the position is far off for the others. So in java the
-- search goes on at last, before it and behind it.

local NEWEST, NEWEST_BYTES = 7, 98304 -- looked at first: there is what a user recalls
local SCAN_AROUND, SCAN_LATE = 512, 1280
local SCAN_BYTES, SCAN_BYTES_MAX, SCAN_NEWEST_BYTES = 589824, 589824, 147456
-- Java: local SCAN_BYTES, SCAN_BYTES_MAX, SCAN_NEWEST_BYTES = 589824, READ_MAX, 147456
local SMALL = 4096

-- It guides the search and proves nothing.
local function guess_ts(raw)
  return ts_at_the_end(raw) or may_look(raw) and read_ts(raw) or nil
end

-- The ts around an index: the middle one of three neighbours, so that one writer with a wrong clock
-- does not mislead the search. -1 if there is no message. A large entry is believed by itself, if
-- its ts is between those of the two that stand around it.
local function ts_about(list, index, low_ts, high_ts)
  for middle = math.max(1, index), math.max(1, index - 99), -3 do
    local seen = {}
    for _, i in ipairs({middle, middle - 1, middle + 1}) do
      local raw = may_read() and read_one(list, i)
      local ts = raw and guess_ts(raw)
      seen[#seen + 1] = ts or nil
      if ts and #raw > SMALL and (not low_ts or ts > low_ts) and (not high_ts or ts < high_ts) then
        return ts
      end
    end
    if #seen > 0 then
      table.sort(seen)
      return seen[math.ceil(#seen / 2)]
    end
  end
  return -1
end

-- The index at which ts is to be expected between two indexes whose own ts are known.
local function guess_between(low, low_ts, high, high_ts, ts)
  local index = low + math.floor((ts - low_ts) / (high_ts - low_ts) * (high - low))
  return math.max(low + 1, math.min(index, high - 1))
end

-- The lowest index around which the ts is at least this one, give or take one; length if there is
-- none.
local function lower_bound(list, length, ts)
  local high, low, step = length, length - 1, 1
  local high_ts, low_ts
  while low >= 0 and may_read() do
    low_ts = ts_about(list, low, nil, high_ts)
    if low_ts < ts then
      break
    elseif low == 0 then
      return 0
    end
    high, high_ts = low, low_ts
    step = step * 8
    low = math.max(0, low - step)
  end
  -- With an even flow of messages a guess hits at once. Halving every other time bounds the cost
  -- with an uneven one.
  local guess = true
  while high - low > 1 and may_read() do
    local middle = math.floor((low + high) / 2)
    if guess and high_ts and high_ts > low_ts then
      middle = guess_between(low, low_ts, high, high_ts, ts)
    end
    guess = not guess
    local its_ts = ts_about(list, middle, low_ts, high_ts)
    if its_ts >= ts then
      high, high_ts = middle, its_ts
    else
      low, low_ts = middle, its_ts
    end
  end
  return high
end

-- Begin and end decide if an entry is too large to look into: fastim writes no other message so.
local function matches(raw, head, user, ts)
  local its_end = ts_at_the_end(raw)
  if its_end and its_end ~= ts then
    return false
  elseif may_look(raw) then
    local its_user, its_ts = read_message(raw)
    return its_ts == ts and its_user == user
  end
  local tail = '","ts":' .. digits(ts) .. '}'
  -- Java: local tail = '\\",\\"ts\\":' .. digits(ts) .. '}"'
  return raw:sub(1, #head) == head and #raw >= #head + #tail and raw:sub(-#tail) == tail
end

-- Index and entry of the message; nil if there is none. head: as fastim writes the message, up to
-- the quote before its text.
local function find_message(list, head, user, ts)
  local length = redis.call('LLEN', list)
  local index, found
  local function visit(raw, i)
    if matches(raw, head, user, ts) then
      index, found = i, raw
    end
    return index
  end
  to_keep = to_read - NEWEST_BYTES
  walk(list, length - 1, math.max(0, length - NEWEST), -1, visit)
  if index then
    return index, found
  end
  to_keep = SCAN_BYTES
  local bound = lower_bound(list, length, ts)
  to_read, to_keep = math.min(to_read, SCAN_BYTES_MAX), SCAN_NEWEST_BYTES
  local first = math.max(0, bound - 2)
  local behind = first
  walk(list, first, length - 1, 1, function(raw, i)
    behind = i + 1
    return visit(raw, i) or i > bound + 2 and ts_at_the_end(raw) ~= ts
  end)
  local last = math.min(length - 1, bound + SCAN_AROUND)
  if not index then
    walk(list, behind, last, 1, visit)
  end
  if not index then
    walk(list, first - 1, math.max(0, bound - SCAN_AROUND), -1, visit)
  end
  -- What came late, and what that has misled the search about: half of the bytes for each.
  -- Java: to_keep = math.floor((to_read + SCAN_NEWEST_BYTES) / 2)
  -- Java: if not index then
  -- Java:   walk(list, bound - SCAN_AROUND - 1, math.max(0, bound - SCAN_LATE), -1, visit)
  -- Java: end
  -- Java: to_keep, behind = SCAN_NEWEST_BYTES, math.max(behind, last + 1)
  -- Java: last = math.min(length - 1, bound + SCAN_LATE)
  -- Java: if not index then
  -- Java:   walk(list, behind, last, 1, visit)
  -- Java: end
  to_keep = 0
  if not index then
    walk(list, length - 1 - NEWEST, math.max(last + 1, behind), -1, visit)
  end
  return index, found
end
