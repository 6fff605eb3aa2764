-- convert.lua - turns what stands in Redis from one redis.encoding into the other, step by step. No
-- other program may run meanwhile.
--
-- Begin with 'begin'; it says what comes next: 'look', 'turn', 'done' (nothing is to be done), or
-- 'plain' or 'java': a conversion to that was begun before, and has to be ended. 'look' and 'turn'
-- begin with cursor 0, until it is 0 again; 'look' is followed by 'turn', this by 'end'. If it is
-- interrupted, it goes on with 'begin'. A key is turned in one step, with its expiry.
--
-- A value may be plain and look like one of Java, as an id that has quotes around it. So that
-- nothing is turned twice, the keys that have such values are noted: with Java as the aim, before
-- anything is turned, and taken off the note when they are; with plain as the aim, when they are
-- turned. An entry of a list is turned if it is an object, or a string around one.
--
-- KEYS  1 the encoding that all have, 2 aim and next step, 3 noted keys, 4 a list that is being made
-- ARGV  1 aim: plain or java, 2 step, 3 cursor
-- Returns what comes next; of 'look' and 'turn' the next cursor, how many values were turned, and
-- how many were left as they are, as they cannot be.
-- Needs: message unwrap

local STEP, BATCH = 100, 500

local encoding, state, noted, scratch = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local aim = ARGV[1]
local shorts = {['"'] = '\\"', ['\\'] = '\\\\', ['\b'] = '\\b', ['\t'] = '\\t', ['\n'] = '\\n',
                ['\f'] = '\\f', ['\r'] = '\\r'}

local function escape(c)
  return shorts[c] or string.format('\\u%04X', c:byte())
end

local function pair(a, b, c, d)
  local code = (a:byte() % 8) * 262144 + (b:byte() % 64) * 4096 + (c:byte() % 64) * 64 +
    d:byte() % 64 - 65536
  return string.format('\\u%04X\\u%04X', 55296 + math.floor(code / 1024), 56320 + code % 1024)
end

-- As lib/encoding/value.c writes it.
local function encoded(plain)
  if is_utf8(plain) then
    plain = plain:gsub('[%z\1-\31"\\]', escape)
    return '"' .. plain:gsub('([\240-\244])([\128-\191])([\128-\191])([\128-\191])', pair) .. '"'
  end
end

local function decoded(stored)
  return stored:find('^[ \t\r\n]*"') and unwrapped(stored) or nil
end

-- The other form of a token or an id; nil: it stays.
local function turned(value, is_noted)
  if aim == 'java' then
    return (is_noted or not decoded(value)) and encoded(value) or nil
  end
  return not is_noted and decoded(value) or nil
end

local function is_object(text)
  return text ~= nil and text:find('^[ \t\r\n]*{') ~= nil
end

-- The other form of an entry of a list, or nil; and is there nothing wrong with it as it is?
local function turned_entry(entry)
  local message = decoded(entry)
  if aim == 'java' then
    return is_object(entry) and encoded(entry) or nil, is_object(message)
  end
  return is_object(message) and message or nil, is_object(entry)
end

local count, left = 0, 0

local function values_of(kind, key)
  if kind == 'login' then
    local value = redis.pcall('GET', key)
    return type(value) == 'string' and {value} or {}
  end
  local members = redis.pcall('SMEMBERS', key)
  return members.err and {} or members
end

local function replace(kind, key, olds, news)
  if kind == 'login' then
    local ttl = redis.call('PTTL', key)
    if ttl > 0 then
      redis.call('SET', key, news[1], 'PX', ttl)
    else
      redis.call('SET', key, news[1])
    end
    return
  end
  local is_new = {}
  for i, new in ipairs(news) do
    redis.call('SADD', key, new)
    is_new[new] = true
  end
  for _, old in ipairs(olds) do
    if not is_new[old] then
      redis.call('SREM', key, old)
    end
  end
end

local function turn_values(kind, key)
  local is_noted = redis.call('SISMEMBER', noted, key) == 1
  local olds, news, looks_java = {}, {}, false
  for _, value in ipairs(values_of(kind, key)) do
    local new = turned(value, is_noted)
    if new then
      olds[#olds + 1], news[#news + 1] = value, new
      looks_java = looks_java or aim == 'plain' and decoded(new) ~= nil
    elseif aim == 'java' and not decoded(value) then
      left = left + 1
    end
  end
  if #news > 0 then
    replace(kind, key, olds, news)
    count = count + #news
  end
  if looks_java then
    redis.call('SADD', noted, key)
  elseif is_noted and aim == 'java' then
    redis.call('SREM', noted, key)
  end
end

local function turn_list(list)
  local length = redis.pcall('LLEN', list)
  if type(length) ~= 'number' then
    return
  end
  local changed = 0
  redis.call('DEL', scratch)
  for first = 0, length - 1, BATCH do
    local entries = redis.call('LRANGE', list, first, first + BATCH - 1)
    for i, entry in ipairs(entries) do
      local new, is_right = turned_entry(entry)
      if new then
        changed = changed + 1
        entries[i] = new
      elseif not is_right then
        left = left + 1
      end
    end
    redis.call('RPUSH', scratch, unpack(entries))
  end
  if changed == 0 then
    redis.call('DEL', scratch)
    return
  end
  local ttl = redis.call('PTTL', list)
  if ttl > 0 then
    redis.call('PEXPIRE', scratch, ttl)
  end
  redis.call('RENAME', scratch, list)
  count = count + changed
end

local function look(kind, key)
  if kind == 'gml' then
    return
  end
  for _, value in ipairs(values_of(kind, key)) do
    if decoded(value) then
      redis.call('SADD', noted, key)
      return
    end
  end
end

local function turn(kind, key)
  if kind == 'gml' then
    turn_list(key)
  else
    turn_values(kind, key)
  end
end

local function scan(visit)
  local found = redis.call('SCAN', ARGV[3], 'COUNT', STEP)
  for _, key in ipairs(found[2]) do
    local kind = key:match('^(%l+):')
    if kind == 'login' or kind == 'ugs' or kind == 'gml' then
      visit(kind, key)
    end
  end
  return {found[1], count, left}
end

local function begin()
  local begun = redis.call('HGET', state, 'aim')
  if begun and begun ~= aim then
    return begun
  elseif begun then
    return redis.call('HGET', state, 'next')
  elseif redis.call('GET', encoding) == aim then
    return 'done'
  end
  local following = aim == 'java' and 'look' or 'turn'
  redis.call('DEL', noted, scratch)
  redis.call('HSET', state, 'aim', aim)
  redis.call('HSET', state, 'next', following)
  redis.call('SET', encoding, 'converting')
  return following
end

if ARGV[2] == 'begin' then
  return begin()
elseif ARGV[2] == 'look' then
  local answer = scan(look)
  if answer[1] == '0' then
    redis.call('HSET', state, 'next', 'turn')
  end
  return answer
elseif ARGV[2] == 'turn' then
  return scan(turn)
end
redis.call('SET', encoding, aim)
redis.call('DEL', state, noted, scratch)
return 'done'
