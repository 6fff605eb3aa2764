-- list_more.lua - goes on where list_range.lua, list_before.lua or this script stopped.
--
-- Meanwhile older entries may have been dropped, or one recalled. So the entry that was given last
-- is looked for, by its last bytes, at its position and a little before it.
--
-- KEYS  1 list
-- ARGV  1 position of the last entry, 2 its last 28 bytes, 3 step (1 or -1), 4 position of the end,
--       5 how many at most, 6 and how many bytes
-- Returns positions and entries, as prelude_piece.lua has it; none if the last entry is gone.
-- Needs: budget piece

local SHIFT_MAX = 64

local position, step, to = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4])
local found
walk(KEYS[1], position, math.max(0, position - SHIFT_MAX), -1, function(raw, i)
  found = raw:sub(-28) == ARGV[2] and i
  return found
end)
if not found then
  return {0, 0, {}}
end
if step > 0 then
  to = to - (position - found)
end
return piece(KEYS[1], found + step, to, step, tonumber(ARGV[5]), tonumber(ARGV[6]))
