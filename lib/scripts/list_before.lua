-- list_before.lua - the messages right before the one that userId and ts name.
--
-- KEYS  1 login, 2 list
-- ARGV  1 token ('': no check), 2 userId, 3 ts, 4 how many
-- Returns the entries, oldest first; -1 not logged in, -3 no such message, -4 no member.
-- Needs: login message find

-- So many entries are checked in full. Further ones are taken if they begin and end as those of
-- fastim do: to check thousands would block Redis for a tenth of a second.
local CHECKED = 500

local function is_message(raw, number)
  if number > CHECKED and raw:sub(1, 12) == '{"groupId":"' and raw:find('[^\\]"ts":%d+}$', -28) then
    return true
  end
  return read_message(raw) ~= nil
end

local refused = refusal(KEYS, ARGV)
if refused then
  return refused
end
local index = find_message(KEYS[2], ARGV[2], tonumber(ARGV[3]))
if not index then
  return -3
end

-- Entries that are no message are skipped, but at most so many (unread).
local count, unread, step = tonumber(ARGV[4]), 10000, 1
local found = {} -- newest first
while #found < count and index > 0 and unread > 0 do
  local first = math.max(0, index - math.max(step, count - #found))
  local entries = redis.call('LRANGE', KEYS[2], first, index - 1)
  for i = #entries, 1, -1 do
    if #found == count then
      break
    elseif is_message(entries[i], #found) then
      found[#found + 1] = entries[i]
    else
      unread = unread - 1
    end
  end
  index, step = first, math.min(step * 8, 512)
end

local oldest_first = {}
for i = #found, 1, -1 do
  oldest_first[#oldest_first + 1] = found[i]
end
return oldest_first
