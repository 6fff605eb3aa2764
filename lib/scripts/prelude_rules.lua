-- prelude_rules.lua - the rules of a group, or, in a hash without a group, those of all groups.
--
-- The fields of the hash:
--   slow, quiet, cap, pinned   settings, as texts; one that is missing was not set
--   attrs                      settings of the site, as a JSON object of strings
--   m:USER, b:USER, a:ADDRESS  a mute, a ban, the ban of an address: its end in ms; 0: it has none
--   r:USER                     a role: mod or vip
-- Those of all groups are bans alone.

local RULES_S, SWEEP_FROM, SWEEP = 7776000, 64, 32

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- How many ms does what ends then last on? 0: it has no end; nil: it is over, or there is none.
local function lasts_on(ends, now)
  ends = tonumber(ends or '')
  if ends == 0 then
    return 0
  end
  return ends and ends > now and ends - now or nil
end

-- Of two of them the longer one.
local function longest(a, b)
  if not a or not b then
    return a or b
  end
  return a > 0 and b > 0 and math.max(a, b) or 0
end

local function json_text(text)
  return (cjson.encode(text):gsub('\\/', '/'))
end

-- values: slow, quiet, cap, pinned, attrs, as HMGET gives them. slow, cap: of a group that was set
-- nothing else.
local function settings_json(values, slow, cap)
  return string.format('{"slow":%d,"quiet":%s,"cap":%d,"pinned":', tonumber(values[1] or slow) or 0,
                       tostring(values[2] == '1'), tonumber(values[3] or cap) or 0) ..
    json_text(values[4] or '') .. ',"attrs":' .. (values[5] or '{}') .. '}'
end

-- Rules have changed: they begin their time anew. Of a large hash, some of what is over goes.
local function keep_rules(rules, now)
  redis.call('EXPIRE', rules, RULES_S)
  if redis.call('HLEN', rules) < SWEEP_FROM then
    return
  end
  local found = redis.call('HSCAN', rules, redis.call('TIME')[2], 'COUNT', SWEEP)[2]
  for i = 1, #found, 2 do
    if found[i]:find('^[mba]:') and not lasts_on(found[i + 1], now) then
      redis.call('HDEL', rules, found[i])
    end
  end
end
