-- prelude_find.lua - where in a group's list the message (userId, ts) stands.
--
-- Lists are sorted by ts but for what foreign writers put in, so the search doubles its distance from
-- the newest entry and then halves: its cost follows the message's age, not the list's length. A
-- message that stands out of order is looked for among the newest ones, one by one.

local SCAN_MAX, SCAN_STEP = 10000, 500

-- The ts at an index, or of the next older message where an entry is none.
local function ts_at(list, index)
  for i = index, math.max(0, index - 100), -1 do
    local ts = read_ts(redis.call('LINDEX', list, i))
    if ts then
      return ts
    end
  end
  return -1
end

-- The lowest index whose ts is at least ts; length if there is none.
local function lower_bound(list, length, ts)
  local high, low, step = length, length - 1, 1
  while low >= 0 and ts_at(list, low) >= ts do
    high = low
    step = step * 2
    low = low - step
  end
  low = math.max(low, -1)
  while high - low > 1 do
    local middle = math.floor((low + high) / 2)
    if ts_at(list, middle) >= ts then
      high = middle
    else
      low = middle
    end
  end
  return high
end

local function matches(raw, user, ts)
  local its_user, its_ts = read_message(raw)
  return its_ts == ts and its_user == user
end

-- Index and entry of the message, nil where there is none.
local function find_message(list, user, ts)
  local length = redis.call('LLEN', list)
  for i = lower_bound(list, length, ts), length - 1 do
    local raw = redis.call('LINDEX', list, i)
    if matches(raw, user, ts) then
      return i, raw
    end
    if read_ts(raw) ~= ts then
      break
    end
  end
  local needle = digits(ts)
  for last = length - 1, math.max(0, length - SCAN_MAX), -SCAN_STEP do
    local first = math.max(0, last - SCAN_STEP + 1)
    local entries = redis.call('LRANGE', list, first, last)
    for i = #entries, 1, -1 do
      if entries[i]:find(needle, 1, true) and matches(entries[i], user, ts) then
        return first + i - 1, entries[i]
      end
    end
  end
  return nil
end
