-- prelude_member.lua - is a group in the set of a user's groups, if its hosts are also Java ones?
--
-- These take a bare number in the set for an id. So the group 1 may stand there as "1" or as 1.

-- group: as the set has it, a JSON string. nil: it is no number.
local function bare_of(group)
  return group:match('^"(%-?[1-9]%d*)"$') or group:match('^"(%-?0)"$')
end

local function is_member(groups, group)
  local bare = bare_of(group)
  return redis.call('SISMEMBER', groups, group) == 1 or
    bare ~= nil and redis.call('SISMEMBER', groups, bare) == 1
end

-- Returns whether there was one.
local function end_membership(groups, group)
  return redis.call('SREM', groups, group, bare_of(group) or group) > 0
end
