-- purge.lua - takes the messages of a user out of the newest 10,000 of a group, step by step.
--
-- It goes from the newest entry to older ones, as far as one script may, and on from there when it
-- is called again. Each time it looks first at what has come meanwhile. So when the last step is
-- done, nothing of the user is left, and in the same step that becomes an event. Whoever enters
-- before that gets it, whoever comes later sees nothing of what it took.
--
-- Places count from the begin of the list: what is removed or appended behind one does not move it.
-- If older entries are dropped, some are looked at twice.
--
-- KEYS  1 login of the moderator, 2 rules of the group, 3 rules of all groups, 4 audit, 5 list,
--       6 last ts, 7 event log
-- ARGV  1 the moderator's token ('': no check), 2 the moderator ('': an operator), 3 who says
--       that it is this user, 4 the note behind its time, 5 channel of events, 6 expiry of the list (s),
--       7 JSON of the event behind its number, 8 messages of the group as fastim writes them, up to
--       the quote before the user, 9 and up to the quote before the text, 10 user, 11 cursor
--       ('': begins)
-- Returns how many it took in this step, in all, and the next cursor ('': done); or what
-- prelude_actor.lua refuses by.
-- Needs: login rules message budget find highest log recall actor

local NEWEST, BATCH = 10000, 500
local OTHER_BYTES = 655360 -- to be read for the event's number and anchor

local refused = not_allowed(ARGV[10])
if refused then
  return refused
end
local list, key, group, head, user = KEYS[5], KEYS[6], ARGV[8], ARGV[9], ARGV[10]
local number = next_number(list, key, KEYS[7])
local length = redis.call('LLEN', list)
local below, floor, before, mark = ARGV[11]:match('^(%d+) (%d+) (%d+) (.*)$')
below, floor = math.min(length, tonumber(below or length)), tonumber(floor or length - NEWEST)
to_read, to_look, to_keep = READ_MAX - OTHER_BYTES, LOOK_MAX, 0

local own = head:sub(1, -#',"info":"' - 1)
-- Java: local own = head:sub(1, -#',\\"info\\":\\"' - 1)
-- Does its text stand in each entry that has no \u?
local is_plain = not user:find('["\\]')

-- Is it a message of the user? nil: that is for the next step to say.
local function is_theirs(raw)
  if raw:sub(1, #head) == head then
    return true
  elseif raw:sub(1, #group) == group and raw:sub(1, #own) ~= own and
         not raw:match('^[^"]*\\', #group + 1) then
         -- Java: raw:match('^[^\\]*\\"', #group + 1) then
    return false -- that of another user, as fastim writes it
  elseif is_plain and not raw:find(user, 1, true) and not raw:find('\\u', 1, true) then
    return false
  end
  local is_first = to_look == LOOK_MAX
  if may_look(raw) then
    return read_message(raw) == user
  end
  if is_first then
    return false -- too dear to look into, ever
  end
  return nil
end

local hits, seen, newest = {}, length, redis.call('LINDEX', list, -1)
local function visit(raw, i)
  local theirs = is_theirs(raw)
  if theirs == nil or #hits == BATCH then
    return true
  end
  seen = i
  if theirs then
    hits[#hits + 1] = i
  end
end
local met = not mark or below == length
if not met then
  walk(list, length - 1, below, -1, function(raw, i)
    met = raw:sub(-NOTE_BYTES) == mark
    return met or visit(raw, i)
  end)
  met = met or seen <= below
end
if met then
  seen = math.min(seen, below)
  walk(list, seen - 1, math.max(0, floor), -1, visit)
end

if #hits > 0 then
  local gone = 'purged:' .. digits(number)
  for _, i in ipairs(hits) do
    redis.call('LSET', list, i, gone)
  end
  redis.call('LREM', list, -#hits, gone)
end
local total, cursor = (before or 0) + #hits, ''
if seen > math.max(0, floor) then
  local last = redis.call('LINDEX', list, -1)
  cursor = string.format('%d %d %d ', seen, math.max(0, floor), total) ..
    (last or ''):sub(-NOTE_BYTES)
  if last ~= newest then
    note_newest(list, key, newest)
  end
elseif total > 0 then
  record_event(list, key, KEYS[7], ARGV[5], tonumber(ARGV[6]), number, 'purge', ARGV[7], '-')
  note_action()
end
return {#hits, total, cursor}
