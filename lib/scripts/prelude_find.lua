-- prelude_find.lua - finds the message that userId and ts name in a group's list.
--
-- A list is sorted by ts, except for entries of other writers. The search steps back from the
-- newest entry, further each time, then closes in. So its cost grows with the age of the message,
-- not with the length of the list. A message out of order is looked for one by one: around that
-- position and among the newest entries.

local SCAN_NEWEST, SCAN_AROUND, SCAN_STEP = 10000, 2500, 500

-- An entry's ts, read fast if it ends as those of fastim do. It guides the search and proves
-- nothing.
local function ts_at_a_glance(raw)
  local ts = raw:match('[^\\]"ts":(%d+)}$', -28)
  return ts and tonumber(ts) or read_ts(raw)
end

-- The ts around an index: the middle one of three neighbours, so that one writer with a wrong clock
-- does not mislead the search. -1 if there is no message.
local function ts_about(list, index)
  for last = index + 1, math.max(1, index - 99), -3 do
    local seen = {}
    for _, raw in ipairs(redis.call('LRANGE', list, math.max(0, last - 2), last)) do
      seen[#seen + 1] = ts_at_a_glance(raw)
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
  while low >= 0 do
    low_ts = ts_about(list, low)
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
  while high - low > 1 do
    local middle = math.floor((low + high) / 2)
    if guess and high_ts and high_ts > low_ts then
      middle = guess_between(low, low_ts, high, high_ts, ts)
    end
    guess = not guess
    local its_ts = ts_about(list, middle)
    if its_ts >= ts then
      high, high_ts = middle, its_ts
    else
      low, low_ts = middle, its_ts
    end
  end
  return high
end

local function matches(raw, user, ts)
  if ts_at_a_glance(raw) ~= ts then
    return false
  end
  local its_user, its_ts = read_message(raw)
  return its_ts == ts and its_user == user
end

-- Index and entry of the newest such message from first to last; nil if there is none.
local function scan(list, first, last, user, ts)
  local needle = digits(ts)
  for to = last, first, -SCAN_STEP do
    local from = math.max(first, to - SCAN_STEP + 1)
    local entries = redis.call('LRANGE', list, from, to)
    for i = #entries, 1, -1 do
      if entries[i]:find(needle, 1, true) and matches(entries[i], user, ts) then
        return from + i - 1, entries[i]
      end
    end
  end
  return nil
end

-- Index and entry of the message; nil if there is none.
local function find_message(list, user, ts)
  local length = redis.call('LLEN', list)
  local bound = lower_bound(list, length, ts)
  for i = math.max(0, bound - 2), math.min(length, bound + SCAN_NEWEST) - 1 do
    local raw = redis.call('LINDEX', list, i)
    if matches(raw, user, ts) then
      return i, raw
    end
    if i > bound + 2 and ts_at_a_glance(raw) ~= ts then
      break
    end
  end
  local newest = math.max(0, length - SCAN_NEWEST)
  local index, raw = scan(list, newest, length - 1, user, ts)
  if index then
    return index, raw
  end
  local first, last = math.max(0, bound - SCAN_AROUND), math.min(bound + SCAN_AROUND, newest) - 1
  return scan(list, first, last, user, ts)
end
