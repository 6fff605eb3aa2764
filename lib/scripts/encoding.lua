-- encoding.lua - do all programs write the same form into this Redis? The first one says which.
--
-- If nobody has said it yet, the data do: values of the Java original are JSON strings. A plain value
-- among them breaks the Java hosts, so a program with the other setting is to write nothing.
--
-- KEYS  1 the encoding that all have
-- ARGV  1 encoding of this program: plain or java, 2 how names begin (redis.prefix), 3 database
-- Returns 'ok'; 'plain' or 'java', if the other programs have that one; 'plain data' or 'java data',
-- if nobody has said it, and there are data that a program with the other one must not touch.

local KEYS_MAX, STEP = 10000, 500
-- How values of each kind begin. An id that is a number is one to both.
local JAVA = {login = '^"', ugs = '^"', gml = '^"{'}
local PLAIN = {login = '^[^"]', ugs = '^[^"%d%-]', gml = '^{'}

if ARGV[3] ~= '0' then
  redis.call('SELECT', ARGV[3]) -- also if the connection's own SELECT was refused
end
local set = redis.call('GET', KEYS[1])
if set then
  return set == ARGV[1] and 'ok' or set
end

-- The kind of a key, as login, and one of its values; nil if it is none of those.
local function value_of(key)
  local kind = key:sub(1, #ARGV[2]) == ARGV[2] and key:match('^(%l+):', #ARGV[2] + 1)
  local value
  if kind == 'login' then
    value = redis.pcall('GET', key)
  elseif kind == 'ugs' then
    value = redis.pcall('SRANDMEMBER', key)
  elseif kind == 'gml' then
    value = redis.pcall('LINDEX', key, -1)
  end
  return type(value) == 'string' and kind, value
end

local cursor, seen, plain, java = '0', 0, false, false
repeat
  local found = redis.call('SCAN', cursor, 'COUNT', STEP)
  cursor, seen = found[1], seen + #found[2]
  for _, key in ipairs(found[2]) do
    local kind, value = value_of(key)
    if kind then
      java = java or value:find(JAVA[kind]) ~= nil
      plain = plain or value:find(PLAIN[kind]) ~= nil
    end
  end
until cursor == '0' or seen >= KEYS_MAX or java

if ARGV[1] == 'plain' and java then
  return 'java data'
elseif ARGV[1] == 'java' and plain and not java then
  return 'plain data'
end
redis.pcall('SET', KEYS[1], ARGV[1]) -- clients get in even if Redis cannot store
return 'ok'
