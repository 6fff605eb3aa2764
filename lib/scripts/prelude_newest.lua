-- prelude_newest.lua - the newest entries of a list.
--
-- Returns the list's length and so many entries, oldest first; `first` of them in any case. They
-- are fewer than asked for if the list has no more, or if they are more than so many bytes: Redis
-- serves nobody else meanwhile.

local STEP_MIN, STEP_MAX = 16, 256

local function newest_entries(key, window, first, most_bytes)
  local length = redis.call('LLEN', key)
  local parts, count, bytes = {}, 0, 0 -- the newest part first
  window, first = math.min(window, length), math.max(64, first)
  while count < window and bytes < most_bytes do
    local fit = math.floor((most_bytes - bytes) * count / math.max(bytes, 1)) -- if they are as large
    local step = math.max(STEP_MIN, math.min(STEP_MAX, fit))
    local size = math.min(count == 0 and first or step, window - count)
    local part = redis.call('LRANGE', key, -count - size, -count - 1)
    parts[#parts + 1] = part
    count = count + size
    if count < window then
      for _, raw in ipairs(part) do
        bytes = bytes + #raw
      end
    end
  end
  if #parts < 2 then
    return length, parts[1] or {}
  end
  local entries = {}
  for i = #parts, 1, -1 do
    for _, raw in ipairs(parts[i]) do
      entries[#entries + 1] = raw
    end
  end
  return length, entries
end
