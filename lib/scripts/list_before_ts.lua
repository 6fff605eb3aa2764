-- list_before_ts.lua - the entries right before a ts, which no message need have: a first piece.
--
-- They end in front of the first entry whose ts is at least this one. Behind that one only messages
-- of other writers have a lower ts: they came late.
--
-- KEYS  1 login, 2 list
-- ARGV  1 token ('': no check), 2 the message as fastim writes it, up to the quote before its text,
--       3 userId (of the message with that ts, if several share it; '': the first one), 4 ts,
--       5 how many at most
-- Returns positions and entries, newest first, as prelude_piece.lua has it; -1 not logged in, -4 no
-- member.
-- Needs: login message budget find piece

local DAY_MS, AROUND, AROUND_BYTES = 86400000, 32, 131072

-- The index of the first entry from one index on that fits; nil if there is none.
local function first_of(list, from, last, fits)
  local index
  walk(list, from, last, 1, function(raw, i)
    index = fits(raw) and i
    return index
  end)
  return index
end

-- The index of the first entry that has at least that ts. Late messages may mislead lower_bound():
-- if so, such entries stand well before its index, and the search goes on before these.
local function first_at_least(list, length, ts)
  local now = now_ms()
  local function is_at_least(raw)
    local its_ts = guess_ts(raw)
    return its_ts and its_ts >= ts and its_ts < now + DAY_MS
  end
  local high, first, found = length, nil, nil
  repeat
    to_keep = AROUND_BYTES
    first = math.max(0, lower_bound(list, high, ts) - AROUND)
    to_keep = 0
    found = first_of(list, first, high - 1, is_at_least)
    high = found or high
  until not found or found - first > AROUND / 2 or first == 0 or to_read <= AROUND_BYTES
  return high
end

local refused = refusal(KEYS, ARGV, 2)
if refused then
  return refused
end
local list, user, ts, most = KEYS[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local length = redis.call('LLEN', list)
local index = first_at_least(list, length, ts)
if user ~= '' then
  to_read = AROUND_BYTES
  index = first_of(list, index, math.min(length, index + AROUND) - 1, function(raw)
    return matches(raw, ARGV[2], user, ts)
  end) or index
end
if index == 0 or most == 0 then
  return {0, 0, {}}
end
return piece(list, index - 1, 0, -1, most)
