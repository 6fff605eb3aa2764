-- snapshot.lua - the newest entries of a group, and in the same step a mark on a daemon's channel.
--
-- Messages that the daemon's subscription brings before the mark are among these entries. Those
-- after the mark are not.
--
-- KEYS  1 list
-- ARGV  1 how many entries, 2 the daemon's channel, 3 the mark, 4 how many of them in any case: a
--       first frame shows so many, 5 bytes at which it stops otherwise
-- Returns the list's length and the entries, oldest first. They are fewer than asked for if the
-- list has no more, or if they are more than so many bytes: Redis serves nobody else meanwhile.

local STEP_MIN, STEP_MAX = 16, 256

local key, window, first = KEYS[1], tonumber(ARGV[1]), math.max(64, tonumber(ARGV[4]))
local length = redis.call('LLEN', key)
local parts, count, bytes, most = {}, 0, 0, tonumber(ARGV[5]) -- the newest part first

window = math.min(window, length)
while count < window and bytes < most do
  local fit = math.floor((most - bytes) * count / math.max(bytes, 1)) -- if they are as large
  local step = math.max(STEP_MIN, math.min(STEP_MAX, fit))
  local size = math.min(count == 0 and first or step, window - count)
  local part = redis.call('LRANGE', key, -count - size, -count - 1)
  parts[#parts + 1] = part
  count = count + size
  if count < window then
    for _, raw in ipairs(part) do
      bytes = bytes + #raw
    end
  end
end
redis.call('PUBLISH', ARGV[2], ARGV[3])

if #parts < 2 then
  return {length, parts[1] or {}}
end
local entries = {}
for i = #parts, 1, -1 do
  for _, raw in ipairs(parts[i]) do
    entries[#entries + 1] = raw
  end
end
return {length, entries}
