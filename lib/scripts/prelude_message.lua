-- prelude_message.lua - reads an entry of a group's list, by the rules of lib/message.h.
--
-- lib/message.c and this file agree on each entry: if a script counts or finds a message, the
-- programs can show it. tests/vectors/messages.txt holds both to that.

local TS_MAX = 9007199254740992 -- 2^53: up to here a double can hold every whole number

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The digits of a whole number: tostring() would make it 1.6e+12.
local function digits(n)
  return string.format('%.0f', n)
end

-- Is it UTF-8 (RFC 3629)? Takes out each valid sequence; if a byte above 127 remains, it is not.
local function is_utf8(s)
  if not s:find('[\128-\255]') then
    return true
  end
  s = s:gsub('[\225-\236\238\239][\128-\191][\128-\191]', '.') -- Chinese is here
  if not s:find('[\128-\255]') then
    return true
  end
  s = s:gsub('[\194-\223][\128-\191]', '.')
  s = s:gsub('\224[\160-\191][\128-\191]', '.')
  s = s:gsub('\237[\128-\159][\128-\191]', '.')
  s = s:gsub('\240[\144-\191][\128-\191][\128-\191]', '.')
  s = s:gsub('[\241-\243][\128-\191][\128-\191][\128-\191]', '.')
  s = s:gsub('\244[\128-\143][\128-\191][\128-\191]', '.')
  return not s:find('[\128-\255]')
end

-- cjson refuses an escaped surrogate without its other half. This makes it U+FFFD.
local function mend_surrogates(raw)
  raw = raw:gsub('\\\\', '\\u005c') -- from here on each backslash begins an escape
  raw = raw:gsub('\\u([dD][89abAB]%x%x)\\u([dD][c-fC-F]%x%x)', '\\U%1\\U%2')
  raw = raw:gsub('\\u[dD][89a-fA-F]%x%x', '\\ufffd')
  return (raw:gsub('\\U', '\\u'))
end

local json -- a decoder of its own: the shared one takes 007, 0x10 and NaN for numbers

local function parse(raw)
  if raw:find('%z') or not is_utf8(raw) then
    return nil
  end
  if not json then
    json = cjson.new()
    json.decode_invalid_numbers(false)
  end
  local parsed, value = pcall(json.decode, raw)
  if not parsed and raw:find('\\u[dD]') then
    parsed, value = pcall(json.decode, mend_surrogates(raw))
  end
  return parsed and value or nil
end

-- What stands in a list is the message itself.
-- Java: -- Needs: unwrap

-- The digits of the number n that raw has under that key. nil if it is not whole, or if it is
-- beyond 2^63 - 1 in either direction.
local function whole_digits(raw, key, n)
  if type(n) ~= 'number' or n ~= math.floor(n) then
    return nil
  elseif math.abs(n) < TS_MAX then
    return (digits(n):gsub('^%-0$', '0'))
  end
  local found -- as the text has it: the double has lost digits
  for written in raw:gmatch('"' .. key .. '"%s*:%s*(%-?%d+)%s*[,}]') do
    found = tonumber(written) == n and written or found
  end
  if not found then
    return math.abs(n) == TS_MAX and digits(n) or nil
  end
  local amount, limit = found:gsub('^%-', ''), '9223372036854775807'
  return (#amount < #limit or #amount == #limit and amount <= limit) and found or nil
end

-- The entry's userId, as a text, and its ts. nil if it is no message.
local function read_message(raw)
  -- The form of fastim, if nothing in it is escaped, needs no parser.
  local user, ts = raw:match('^{"groupId":"[^"\\%c]*","userId":"([^"\\%c]*)","info":"[^"\\%c]*",' ..
  -- Java: local user, ts = raw:match('^"{\\"groupId\\":\\"[^"\\%c]*\\",\\"userId\\":\\"([^"\\%c]*)\\",' ..
                             '"ts":([1-9]%d*)}$')
  -- Java:                          '\\"info\\":\\"[^"\\%c]*\\",\\"ts\\":([1-9]%d*)}"$')
  if user and #ts < 16 and is_utf8(raw) then
    return user, tonumber(ts)
  end
  local m = parse(raw)
  -- Java: raw = unwrapped(raw)
  -- Java: local m = raw and parse(raw)
  if type(m) ~= 'table' or type(m.info) ~= 'string' then
    return nil
  end
  ts = whole_digits(raw, 'ts', m.ts)
  user = type(m.userId) == 'string' and m.userId or whole_digits(raw, 'userId', m.userId)
  if not user or not ts or m.ts < 0 or m.ts > TS_MAX then
    return nil
  elseif m.ts == TS_MAX and ts ~= digits(TS_MAX) then
    return nil
  end
  return user, m.ts + 0 -- -0 is 0
end

local function read_ts(raw)
  local _, ts = read_message(raw)
  return ts
end
