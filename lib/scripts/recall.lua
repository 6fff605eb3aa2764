-- recall.lua - removes a message of the user's own from the list, if it is young enough.
--
-- If the group has an event log, the recall is an event: it goes there, and to fastim.v2 clients.
--
-- KEYS  1 login, 2 list, 3 last ts, 4 event log
-- ARGV  1 token ('': no check), 2 the message as fastim writes it, up to the quote before its text,
--       3 userId, 4 ts, 5 highest age (s), 6 channel of events, 7 JSON of the event behind its
--       number, 8 expiry of the list (s)
-- Returns 1; -1 not logged in, -2 too old, -3 no such message, -4 no member.
-- Needs: login message budget find highest log

local LARGE, FAR = 1024, 50000

-- LREM searches from the nearer end. A message that may be recalled is young, so that is fast. But
-- it compares all that is equally long, and large texts may be the same up to the ts. So a large
-- entry is replaced by a short one first.
local function remove(list, index, raw, from_tail)
  if #raw > LARGE then
    raw = 'recalled:' .. raw:sub(-28)
    redis.call('LSET', list, index, raw)
  end
  redis.call('LREM', list, from_tail and -1 or 1, raw)
end

-- The newest entry is gone. If it was the last one that append.lua wrote, this notes the entry
-- that is the newest now, behind the last ts. Else append.lua would look for that ts in vain.
local function note_newest(list, key, raw)
  local last = redis.pcall('GET', key)
  local ts, noted = (type(last) == 'string' and last or ''):match('^(%d+) ?(.*)$')
  if ts and (raw:sub(-#ts - 6) == '"ts":' .. ts .. '}' or raw:sub(-NOTE_BYTES) == noted) then
    local newest = read_one(list, -1)
    local ttl = redis.call('PTTL', key)
    if newest and ts_at_the_end(newest) and ttl > 0 then
      redis.pcall('SET', key, ts .. ' ' .. newest:sub(-NOTE_BYTES), 'PX', ttl)
    end
  end
end

local refused = refusal(KEYS, ARGV, 4)
if refused then
  return refused
end
local ts = tonumber(ARGV[4])
if now_ms() - ts > tonumber(ARGV[5]) * 1000 then
  return -2
end
local index, raw = find_message(KEYS[2], ARGV[2], ARGV[3], ts)
local length = redis.call('LLEN', KEYS[2])
if not index or math.min(index, length - index) > FAR then
  return -3
end
if not log_epoch(KEYS[4]) then
  remove(KEYS[2], index, raw, 2 * index > length)
  if index == length - 1 then
    note_newest(KEYS[2], KEYS[3], raw)
  end
  return 1
end
-- No client's position is that of a late message, so nobody will ask what stood in front of it.
local number = next_number(KEYS[2], KEYS[3], KEYS[4])
local front = top_ts(KEYS[2], index - 1, number)
front = front < ts and digits(front) or '-'
remove(KEYS[2], index, raw, 2 * index > length)
record_event(KEYS[2], KEYS[3], KEYS[4], ARGV[6], tonumber(ARGV[8]), number, 'recall', ARGV[7],
             front)
return 1
