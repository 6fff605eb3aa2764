-- prelude_piece.lua - a piece of a list, as large as one script may read.
--
-- Who wants more asks again, with list_more.lua.

local PIECE_BYTES = 131072 -- usually: chat waits behind several of them

-- Entries from one position to another, in steps of 1 or -1, but at most so many, and so many bytes;
-- at least one, if there is one. Returns the position of the last of them, the position at which all end, and the
-- entries. No more are to come if the two positions are the same.
local function piece(list, from, to, step, most, bytes)
  to_read, to_keep = bytes or PIECE_BYTES, 0
  local stop = step > 0 and math.min(to, from + most - 1) or math.max(to, from - most + 1)
  local entries, last = {}, to
  walk(list, from, stop, step, function(raw, i)
    entries[#entries + 1], last = raw, i
  end)
  return {last, to, entries}
end
