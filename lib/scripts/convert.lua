-- convert.lua - turns what stands in Redis from one redis.encoding into the other, step by step. No
-- other program may run meanwhile.
--
-- Begin with 'begin'; it says what comes next: 'look', 'turn', 'done' (nothing is to be done), or
-- 'plain' or 'java': a conversion to that was begun before, and has to be ended. 'look' and 'turn'
-- begin with cursor 0, until it is 0 again; 'look' is followed by 'turn', this by 'end'. If it is
-- interrupted, it goes on with 'begin'. A token or a set is turned in one step.
--
-- Others may use this Redis, too. So a step turns so many entries of lists, and puts off the lists
-- that it has not turned to their ends: before and after each 'turn' comes 'lists' until none is put
-- off. A list is made anew beside the old one, piece by piece, and takes its place, with its expiry,
-- when it is whole. If the old one has changed meanwhile, it begins anew.
--
-- A value may be plain and look like one of Java, as an id that has quotes around it. So that
-- nothing is turned twice, the keys that have such values are noted: with Java as the aim, before
-- anything is turned, and taken off the note when they are; with plain as the aim, when they are
-- turned. An entry of a list is turned if it is an object, or a string around one.
--
-- KEYS  1 the encoding that all have, 2 aim, next step, and the list that is being made, 3 noted
--       keys, 4 that list, 5 lists that are put off
-- ARGV  1 aim: plain or java, 2 step, 3 cursor
-- Returns what comes next; of 'look', 'turn' and 'lists' the next cursor, how many values were
-- turned, how many were left as they are, as they cannot be, and how many lists are put off.
-- Needs: message unwrap

local STEP = 100 -- keys
local MOST, MOST_BYTES, BATCH = 400, 24576, 16 -- entries of lists in a step; in one read

local encoding, state, noted, scratch, later = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
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

local to_turn, to_read = MOST, MOST_BYTES
local largest = MOST_BYTES -- of the entries that were read last; an escape costs up to 0.5 µs

local function may_go_on()
  return to_turn > 0 and to_read > 0
end

-- How many entries of the list stand in the one that is being made, and how many of them differ.
local function made_of(list)
  local its_list, last, changed = unpack(redis.call('HMGET', state, 'list', 'last', 'changed'))
  local made = redis.call('LLEN', scratch)
  local entry = made > 0 and its_list == list and redis.call('LINDEX', list, made - 1)
  if entry and redis.sha1hex(entry) == last then
    return made, tonumber(changed)
  end
  redis.call('DEL', scratch)
  return 0, 0
end

local function turn_piece(list, first)
  local size = math.max(1, math.min(BATCH, math.floor(to_read / largest)))
  local entries = redis.call('LRANGE', list, first, first + size - 1)
  local last, changed = entries[#entries], 0
  largest = 1
  for i, entry in ipairs(entries) do
    local new, is_right = turned_entry(entry)
    to_read, largest = to_read - #entry, math.max(largest, #entry)
    if new then
      changed = changed + 1
      entries[i] = new
    elseif not is_right then
      left = left + 1
    end
  end
  redis.call('RPUSH', scratch, unpack(entries))
  to_turn = to_turn - #entries
  return first + #entries, changed, last
end

local function replace_list(list)
  local ttl = redis.call('PTTL', list)
  if ttl > 0 then
    redis.call('PEXPIRE', scratch, ttl)
  end
  redis.call('RENAME', scratch, list)
end

-- As far as this step may. Returns whether it is done.
local function turn_list(list)
  local length = redis.pcall('LLEN', list)
  if type(length) ~= 'number' or length == 0 then
    return true
  end
  local made, changed = made_of(list)
  local last, more
  while made < length and may_go_on() do
    made, more, last = turn_piece(list, made)
    changed, count = changed + more, count + more
  end
  if made < length then
    redis.call('HSET', state, 'list', list, 'last', redis.sha1hex(last), 'changed', changed)
    return false
  elseif changed > 0 then
    replace_list(list)
  else
    redis.call('DEL', scratch)
  end
  return true
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
  if kind ~= 'gml' then
    turn_values(kind, key)
  elseif not may_go_on() or not turn_list(key) then
    redis.call('RPUSH', later, key)
  end
end

local function answer(cursor)
  return {cursor, count, left, redis.call('LLEN', later)}
end

local function scan(visit)
  local found = redis.call('SCAN', ARGV[3], 'COUNT', STEP)
  for _, key in ipairs(found[2]) do
    local kind = key:match('^(%l+):')
    if kind == 'login' or kind == 'ugs' or kind == 'gml' then
      visit(kind, key)
    end
  end
  return answer(found[1])
end

local function turn_lists()
  local list = redis.call('LINDEX', later, 0)
  while list and may_go_on() and turn_list(list) do
    redis.call('LPOP', later)
    list = redis.call('LINDEX', later, 0)
  end
  return answer(ARGV[3])
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
  redis.call('DEL', noted, scratch, later)
  redis.call('HSET', state, 'aim', aim)
  redis.call('HSET', state, 'next', following)
  redis.call('SET', encoding, 'converting')
  return following
end

if ARGV[2] == 'begin' then
  return begin()
elseif ARGV[2] == 'look' then
  local seen = scan(look)
  if seen[1] == '0' then
    redis.call('HSET', state, 'next', 'turn')
  end
  return seen
elseif ARGV[2] == 'turn' then
  return scan(turn)
elseif ARGV[2] == 'lists' then
  return turn_lists()
end
redis.call('SET', encoding, aim)
redis.call('DEL', state, noted, scratch, later)
return 'done'
