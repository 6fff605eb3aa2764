-- snapshot.lua - the newest entries of a group, and in the same step a mark on a daemon's channel.
--
-- Messages that the daemon's subscription brings before the mark are among these entries. Those
-- after the mark are not.
--
-- KEYS  1 list
-- ARGV  1 how many entries, 2 the daemon's channel, 3 the mark, 4 how many of them in any case: a
--       first frame shows so many
-- Returns the list's length and the entries, oldest first. They are fewer than asked for if the
-- list has no more, or if they are more than BYTES_MAX: Redis serves nobody else meanwhile.

local STEP, BYTES_MAX = 256, 4194304

local key, window, first = KEYS[1], tonumber(ARGV[1]), math.max(64, tonumber(ARGV[4]))
local length = redis.call('LLEN', key)
local parts, count, bytes = {}, 0, 0 -- the newest part first

window = math.min(window, length)
while count < window and bytes < BYTES_MAX do
  local size = math.min(count == 0 and first or STEP, window - count)
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
