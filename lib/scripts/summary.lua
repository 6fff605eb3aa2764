-- summary.lua - the length of each group's list, and its newest entry.
--
-- Whether the entry is a message is for the caller to see: here it would cost all others their time.
--
-- KEYS  the lists
-- Returns for each list its length and the entry ('' if the list is empty; its size, a number, if
-- it is above 4 MiB). A key of the wrong type counts as an empty list. If the entries are large, the
-- last lists get no answer: ask for them again.

local READ_MAX, HUGE, ENTRY_COST = 524288, 4194304, 256

local out, to_read = {}, READ_MAX
for _, list in ipairs(KEYS) do
  local length = redis.pcall('LLEN', list)
  local newest = ''
  if type(length) ~= 'number' then
    length = 0
  elseif length > 0 then
    newest = redis.call('LINDEX', list, -1)
  end
  out[#out + 1] = length
  out[#out + 1] = #newest <= HUGE and newest or #newest
  to_read = to_read - #newest - ENTRY_COST
  if to_read <= 0 then
    break
  end
end
return out
