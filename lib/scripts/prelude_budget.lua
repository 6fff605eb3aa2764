-- prelude_budget.lua - reads entries of a group's list, within a budget.
--
-- Redis serves nobody else while a script runs, and anybody may have filled the list. So a script
-- reads so many bytes, and looks into so many; what it does not find within that is not there.
-- No command tells the size of an entry before it is read. So entries are read one by one at first,
-- and at most BATCH_MAX together as long as they are small: one read may exceed the budget.

local READ_MAX = 1376256 -- bytes, 56 of the longest texts; Redis copies them at about 1 µs a KiB
local LOOK_MAX = 32768   -- bytes; patterns and cjson take up to 50 ns for each
local ENTRY_COST, BATCH_MAX = 256, 8
-- Java: local ENTRY_COST, BATCH_MAX = 400, 8 -- it costs more to see that one is another

local to_read, to_look = READ_MAX, LOOK_MAX
local to_keep = 0 -- of to_read, for what the script does later

local function may_read()
  return to_read > to_keep
end

local function read_one(list, index)
  local raw = redis.call('LINDEX', list, index)
  to_read = to_read - ENTRY_COST - (raw and #raw or 0)
  return raw
end

-- Calls visit(raw, index) for the entries from one index to another, in steps of 1 or -1, until it
-- returns true, or the budget is spent.
local function walk(list, from, to, step, visit)
  local size, largest = 1, 0
  while (to - from) * step >= 0 and may_read() do
    local last = step > 0 and math.min(to, from + size - 1) or math.max(to, from - size + 1)
    local entries = redis.call('LRANGE', list, math.min(from, last), math.max(from, last))
    local count = #entries
    for n = 1, count do
      local raw = entries[step > 0 and n or count + 1 - n]
      to_read = to_read - ENTRY_COST - #raw
      largest = math.max(largest, #raw)
      if visit(raw, from + (n - 1) * step) then
        return
      end
    end
    if count == 0 then
      return
    end
    from = last + step
    local fit = math.floor((to_read - to_keep) / (largest + ENTRY_COST)) -- if they are no larger
    size = math.max(1, math.min(2 * size, BATCH_MAX, fit))
  end
end

-- May the script look into an entry? Text outside of ASCII is the dearest. To see that there is such
-- text costs, too: so an entry that is too dear is paid for in part.
local function may_look(raw)
  local cost = #raw + 64
  -- Java: local cost = 3 * #raw + 64 -- it is decoded twice
  if cost > to_look then
    return false
  end
  local dear = raw:find('[\128-\255]') or raw:find('\\u[dD]')
  if dear and 3 * cost > to_look then
    to_look = to_look - cost
    return false
  end
  to_look = to_look - (dear and 3 * cost or cost)
  return true
end

-- The ts of an entry that ends as those of fastim do; nil if it ends otherwise. If the entry is a
-- message, this is its ts; but it may be none.
local function ts_at_the_end(raw)
  if not raw:find('^%d}', -2) then -- few others get further
  -- Java: if not raw:find('^%d}"', -3) then
    return nil
    -- Java: return raw:find('^%d}', -2) and tonumber(raw:match('[^\\]"ts":(%d+)}$', -28)) or nil
  end
  return tonumber(raw:match('[^\\]"ts":(%d+)}$', -28))
  -- Java: return tonumber(raw:match('[^\\]\\"ts\\":(%d+)}"$', -32))
end
