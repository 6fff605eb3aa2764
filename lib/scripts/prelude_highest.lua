-- prelude_highest.lua - the highest ts in a group, if other writers came after fastim's last one.
--
-- A ts of theirs counts if it is less than a day ahead of Redis' clock. last: the value of the
-- group's last ts, which may end in a note, a space and the last bytes of an entry: that one was
-- the newest entry when a message was recalled, or an event happened.
-- It needs message and budget.

local DAY_MS, LOOK_BACK, LOOK_BACK_BYTES = 86400000, 2048, 524288
local NOTE_BYTES = 28

local function highest_of(list, last, now)
  local ts, noted = last:match('^(%d+) ?(.*)$')
  local ours, highest = tonumber(ts) or 0, tonumber(ts) or 0
  local function visit(raw)
    local its_ts = ts_at_the_end(raw)
    if its_ts and its_ts == ours or noted ~= '' and raw:sub(-NOTE_BYTES) == noted then
      return true
    elseif its_ts and (its_ts <= highest or its_ts >= now + DAY_MS) then
      return false
    elseif may_look(raw) then
      its_ts = read_ts(raw)
    elseif raw:sub(1, 12) ~= '{"groupId":"' then
    -- Java: elseif raw:sub(1, 16) ~= '"{\\"groupId\\":\\"' then
      return false -- too large to look into, and it does not begin as those of fastim do
    end
    if its_ts and its_ts > highest and its_ts < now + DAY_MS then
      highest = its_ts
    end
  end
  to_read, to_keep = LOOK_BACK_BYTES, 0
  walk(list, -1, -LOOK_BACK, -1, visit)
  return highest
end
