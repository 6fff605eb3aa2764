-- tally.lua - the newest entries of each list, so many as are asked for.
--
-- Whether they are messages is for the caller to see, as in summary.lua.
--
-- KEYS  the lists
-- ARGV  for each list how many of its entries
-- Returns for each list its entries, newest first: fewer if it has no more, or if they are larger
-- than half a MiB together. If the script has read that much, the last lists get no answer: ask for
-- them again.
-- Needs: budget

to_read = 524288

local out = {}
for i, list in ipairs(KEYS) do
  local entries = {}
  walk(list, -1, -tonumber(ARGV[i]), -1, function(raw)
    entries[#entries + 1] = raw
  end)
  if i > 1 and not may_read() then
    break
  end
  out[i] = entries
end
return out
