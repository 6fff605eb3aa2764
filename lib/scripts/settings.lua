-- settings.lua - changes settings of a group, and tells them all.
--
-- KEYS  1 login of the moderator, 2 rules of the group, 3 rules of all groups, 4 audit
-- ARGV  1 the moderator's token ('': no check), 2 the moderator ('': an operator), 3 who says
--       that it is this user, 4 the note behind its time, 5 channel of events, 6 slow and 7 cap of a group
--       that was set nothing else
--       Further ones are pairs: slow, quiet, cap, pinned or attr.NAME, and a value ('': as if
--       it had never been set).
-- Returns 1 or, if nothing changed, 0, and all settings as JSON; or -2 too many attrs, or too large
-- ones; or what prelude_actor.lua refuses by.
-- Needs: login rules actor

local ATTRS_MAX, ATTRS_BYTES = 32, 8192

local refused = not_allowed()
if refused then
  return refused
end

local function attrs_json(attrs)
  local names, parts, bytes = {}, {}, 0
  for name in pairs(attrs) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    parts[i] = json_text(name) .. ':' .. json_text(attrs[name])
    bytes = bytes + #name + #attrs[name]
  end
  return #names <= ATTRS_MAX and bytes <= ATTRS_BYTES and '{' .. table.concat(parts, ',') .. '}'
end

local function read_all()
  return redis.call('HMGET', KEYS[2], 'slow', 'quiet', 'cap', 'pinned', 'attrs')
end

local before = read_all()
local attrs, changes = {}, {}
if before[5] then
  attrs = cjson.decode(before[5])
end
for i = 8, #ARGV, 2 do
  local field, value = ARGV[i], ARGV[i + 1]
  local name = field:match('^attr%.(.+)$')
  if ARGV[2] ~= '' and (name or field == 'cap') then
    return {-5, 'role', 0}
  elseif name then
    attrs[name] = value ~= '' and value or nil
    changes.attrs = ''
  else
    changes[field] = value
  end
end
if changes.attrs then
  local json = attrs_json(attrs)
  if not json then
    return -2
  end
  changes.attrs = json ~= '{}' and json or ''
end
for field, value in pairs(changes) do
  if value == '' then
    redis.call('HDEL', KEYS[2], field)
  else
    redis.call('HSET', KEYS[2], field, value)
  end
end
if next(changes) then
  keep_rules(KEYS[2], now_ms())
end
local after = read_all()
local json, changed = settings_json(after, ARGV[6], ARGV[7]), 0
for i = 1, 5 do
  if before[i] ~= after[i] then
    changed = 1
  end
end
if changed == 1 then
  redis.call('PUBLISH', ARGV[5], '{"type":"settings","settings":' .. json .. '}')
  -- Cluster: redis.call('SPUBLISH', ARGV[5], '{"type":"settings","settings":' .. json .. '}')
  note_action()
end
return {changed, json}
