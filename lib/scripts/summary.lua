-- summary.lua - the length of each group's list, and its newest message.
--
-- KEYS  the lists
-- Returns for each list its length and the entry ('' if it has no message). A key of the wrong type
-- counts as an empty list.
-- Needs: message

local LOOK_BACK, LOOK_STEP = 1000, 20

local function newest_message(list)
  local newest = redis.call('LINDEX', list, -1)
  if read_message(newest) then
    return newest
  end
  for behind = 1, LOOK_BACK, LOOK_STEP do
    local entries = redis.call('LRANGE', list, -behind - LOOK_STEP, -behind - 1)
    for i = #entries, 1, -1 do
      if read_message(entries[i]) then
        return entries[i]
      end
    end
    if #entries < LOOK_STEP then
      break
    end
  end
  return ''
end

local out = {}
for _, list in ipairs(KEYS) do
  local length = redis.pcall('LLEN', list)
  local is_list = type(length) == 'number' and length > 0
  out[#out + 1] = is_list and length or 0
  out[#out + 1] = is_list and newest_message(list) or ''
end
return out
