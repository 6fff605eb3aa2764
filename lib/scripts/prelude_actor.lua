-- prelude_actor.lua - may this operator or moderator do it? And the note that it was done.
--
-- A script that needs it has these first:
-- KEYS  1 login of the moderator, 2 rules of the group, 3 rules of all groups, 4 audit
-- ARGV  1 the moderator's token ('': no check), 2 the moderator ('': an operator), 3 who says
--       that it is this user (0: nobody; 1: a login; mod, vip: a JWT with that role), 4 the note behind its
--       time: JSON
--
-- It needs login and rules.

local NOTES_MAX = 1000

-- Returns nil: yes; or -1 not logged in, {-5, 'banned', ms} or {-5, 'role', 0}. target: the user to
-- whom it is done, or nil. A moderator has no power over another one.
local function not_allowed(target)
  local actor = ARGV[2]
  if not admitted(KEYS[1], ARGV[1]) then
    return -1
  elseif actor == '' then
    return nil
  end
  local now = now_ms()
  local own = redis.call('HMGET', KEYS[2], 'r:' .. actor, 'b:' .. actor)
  local banned = longest(lasts_on(own[2], now),
                         lasts_on(redis.call('HGET', KEYS[3], 'b:' .. actor), now))
  if banned then
    return {-5, 'banned', banned}
  end
  local is_mod = ARGV[3] == 'mod' or ARGV[3] ~= '0' and own[1] == 'mod'
  if not is_mod or target and target ~= actor and
     redis.call('HGET', KEYS[2], 'r:' .. target) == 'mod' then
    return {-5, 'role', 0}
  end
end

local function note_action()
  redis.call('LPUSH', KEYS[4], '{"when":' .. string.format('%.0f', now_ms()) .. ',' .. ARGV[4])
  -- Cluster: -- The audit is in another slot: a step notes it.
  redis.call('LTRIM', KEYS[4], 0, NOTES_MAX - 1)
  -- Cluster: --
end
