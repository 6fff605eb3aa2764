-- prelude_newest.lua - the newest entries of a list.
--
-- Returns the list's length and so many entries, oldest first; `first` of them in any case. They
-- are fewer than asked for if the list has no more, or if they are more than BYTES_MAX: Redis
-- serves nobody else meanwhile.

local STEP, BYTES_MAX = 256, 4194304

local function newest_entries(key, window, first)
  local length = redis.call('LLEN', key)
  local parts, count, bytes = {}, 0, 0 -- the newest part first
  window, first = math.min(window, length), math.max(64, first)
  while count < window and bytes < BYTES_MAX do
    local size = math.min(count == 0 and first or STEP, window - count)
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
