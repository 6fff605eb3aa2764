-- prelude_copies.lua - all messages of a user that have one ts.
--
-- Java hosts give two messages the same ts now and then, and take both away if one is recalled. Their
-- history goes by the first one. Such messages stand close to each other.

local COPIES_AROUND, COPIES_BYTES = 64, 131072

-- index: of one of them. Returns that of the first one.
local function first_copy(list, index, head, user, ts)
  to_read, to_look, to_keep = COPIES_BYTES, LOOK_MAX, 0
  walk(list, index - 1, math.max(0, index - COPIES_AROUND), -1, function(raw, i)
    index = matches(raw, head, user, ts) and i or index
  end)
  return index
end

-- Takes them out. index: of one of them.
local function remove_all(list, index, head, user, ts, length)
  local hits, gone = {index}, 'recalled:' .. digits(ts)
  local function visit(raw, i)
    if matches(raw, head, user, ts) then
      hits[#hits + 1] = i
    end
  end
  to_read, to_look, to_keep = COPIES_BYTES, LOOK_MAX, 0
  walk(list, index - 1, math.max(0, index - COPIES_AROUND), -1, visit)
  to_read = COPIES_BYTES
  walk(list, index + 1, math.min(length - 1, index + COPIES_AROUND), 1, visit)
  for _, i in ipairs(hits) do
    redis.call('LSET', list, i, gone)
  end
  redis.call('LREM', list, 2 * index > length and -#hits or #hits, gone)
end
