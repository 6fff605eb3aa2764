-- enter.lua - may this user open a WebSocket to the group, or stay? Joins the group if autoJoin is
-- on and the user is in fewer groups than maxPerUser.
--
-- KEYS  1 login, 2 the user's groups, 3 rules of the group (of a group list: 4), 4 rules
--       of all groups
-- ARGV  1 token ('': no check), 2 what if the user is no member (1: joins; 0: is refused;
--       -: stays),
--       3 group ('': none, for a group list), 4 maxPerUser (0: any), 5 user, 6 address, as it is
--       banned ('': not known), 7 slow and 8 cap of a group that was set nothing else
-- Returns 0 yes, and there are no rules; or {0, role, muted (ms until when, 0: no, -1: for ever),
-- settings as JSON}; or -1 not logged in, -4 has not joined, {-5, 'banned', ms to wait (0: for
-- ever)}.
-- Needs: login rules

local function ban_of(rules, now)
  local ends = redis.call('HMGET', rules, 'b:' .. ARGV[5], 'a:' .. ARGV[6])
  return longest(lasts_on(ends[1], now), lasts_on(ends[2], now))
end

-- The answer, if there are rules; and is it a refusal?
local function ruled()
  if redis.call('EXISTS', KEYS[3], KEYS[4]) == 0 then
    return 0
  end
  local now = now_ms()
  local banned = longest(ban_of(KEYS[3], now), ban_of(KEYS[4], now))
  redis.call('EXPIRE', KEYS[3], RULES_S)
  redis.call('EXPIRE', KEYS[4], RULES_S)
  if banned then
    return {-5, 'banned', banned}, true
  end
  local own = redis.call('HMGET', KEYS[3], 'r:' .. ARGV[5], 'm:' .. ARGV[5])
  local settings = redis.call('HMGET', KEYS[3], 'slow', 'quiet', 'cap', 'pinned', 'attrs')
  local muted = lasts_on(own[2], now)
  if muted then
    muted = muted == 0 and -1 or tonumber(own[2])
  end
  return {0, own[1] or '', muted or 0, settings_json(settings, ARGV[7], ARGV[8])}
end

if not admitted(KEYS[1], ARGV[1]) then
  return -1
end
local answer, is_refused = ruled()
if is_refused then
  return answer
elseif ARGV[3] == '' then
  return 0
end
if ARGV[2] ~= '-' and redis.call('SISMEMBER', KEYS[2], ARGV[3]) == 0 then
-- Java: if ARGV[2] ~= '-' and not is_member(KEYS[2], ARGV[3]) then
  if ARGV[2] ~= '1' then
    return -4
  end
  local most = tonumber(ARGV[4])
  if most == 0 or redis.call('SCARD', KEYS[2]) < most then
    redis.call('SADD', KEYS[2], ARGV[3]) -- only now: members get in even if Redis cannot store
  end
end
return answer
