-- prelude_message.lua - what an entry of a group's list says; the rules are those of lib/message.h.

local TS_MAX = 9007199254740992 -- 2^53

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Digits of a whole number: Lua would write 1.6e+12.
local function digits(n)
  return string.format('%.0f', n)
end

-- RFC 3629: each valid sequence is taken out; what remains of bytes above 127 is none.
local function is_utf8(s)
  if not s:find('[\128-\255]') then
    return true
  end
  local follow = '[\128-\191]'
  for _, sequence in ipairs({
    '[\194-\223]' .. follow,
    '\224[\160-\191]' .. follow,
    '[\225-\236\238\239]' .. follow .. follow,
    '\237[\128-\159]' .. follow,
    '\240[\144-\191]' .. follow .. follow,
    '[\241-\243]' .. follow .. follow .. follow,
    '\244[\128-\143]' .. follow .. follow,
  }) do
    s = s:gsub(sequence, '.')
  end
  return not s:find('[\128-\255]')
end

local function is_whole(n)
  return type(n) == 'number' and n == math.floor(n)
end

-- The entry's userId (as text) and ts, or nil: it is no message.
local function read_message(raw)
  local parsed, m = pcall(cjson.decode, raw)
  if not parsed or type(m) ~= 'table' or type(m.info) ~= 'string' or
     not is_whole(m.ts) or m.ts < 0 or m.ts > TS_MAX or not is_utf8(raw) then
    return nil
  end
  if type(m.userId) == 'string' then
    return m.userId, m.ts
  elseif is_whole(m.userId) then
    -- The number as it was written, where a double would round it.
    return raw:match('"userId"%s*:%s*(-?%d+)%s*[,}]') or digits(m.userId), m.ts
  end
  return nil
end

-- The ts alone; cheap where the entry ends as ours do.
local function read_ts(raw)
  local ts = raw:match('[^\\]"ts":(%d+)}$', -28)
  if ts then
    return tonumber(ts)
  end
  local _, other = read_message(raw)
  return other
end

-- Is it a message? Cheap where it begins and ends as ours do.
local function is_message(raw)
  return (raw:sub(1, 12) == '{"groupId":"' and raw:find('[^\\]"ts":%d+}$', -28) ~= nil) or
         read_message(raw) ~= nil
end
