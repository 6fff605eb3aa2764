-- prelude_find.lua - where in a group's list the message (userId, ts) stands.
--
-- Lists are sorted by ts but for what foreign writers put in, so the search widens its distance from
-- the newest entry and then closes in: its cost follows the message's age, not the list's length. A
-- message that stands out of order is looked for around that place and among the newest, one by one.

local SCAN_NEWEST, SCAN_AROUND, SCAN_STEP = 10000, 2500, 500

-- An entry's ts, cheaply where it ends as ours do; a bearing, no judgement.
local function ts_at_a_glance(raw)
  local ts = raw:match('[^\\]"ts":(%d+)}$', -28)
  return ts and tonumber(ts) or read_ts(raw)
end

-- The ts about an index, -1 where there is no message: of three neighbours the middle one, so that a
-- single foreign clock gone wrong misleads nobody.
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

-- Where ts is to be expected between two places whose own ts are known.
local function guess_between(low, low_ts, high, high_ts, ts)
  local place = low + math.floor((ts - low_ts) / (high_ts - low_ts) * (high - low))
  return math.max(low + 1, math.min(place, high - 1))
end

-- The lowest index about which ts is at least ts, give or take one; length if there is none.
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
  -- Guesses find an even flow at once; halving every other time bounds what an uneven one costs.
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

-- Index and entry of the newest such message from first to last, nil where there is none.
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

-- Index and entry of the message, nil where there is none.
local function find_message(list, user, ts)
  local length = redis.call('LLEN', list)
  local place = lower_bound(list, length, ts)
  for i = math.max(0, place - 2), math.min(length, place + SCAN_NEWEST) - 1 do
    local raw = redis.call('LINDEX', list, i)
    if matches(raw, user, ts) then
      return i, raw
    end
    if i > place + 2 and ts_at_a_glance(raw) ~= ts then
      break
    end
  end
  local newest = math.max(0, length - SCAN_NEWEST)
  local index, raw = scan(list, newest, length - 1, user, ts)
  if index then
    return index, raw
  end
  return scan(list, math.max(0, place - SCAN_AROUND), math.min(place + SCAN_AROUND, newest) - 1, user, ts)
end
