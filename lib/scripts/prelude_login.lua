-- prelude_login.lua - is this the user's token? If it is, its 24 hours begin anew.

local function is_login(key, token)
  return redis.call('GET', key) == token
end

local function renew_login(key)
  redis.call('EXPIRE', key, 86400)
end

local function logged_in(key, token)
  if not is_login(key, token) then
    return false
  end
  renew_login(key)
  return true
end

-- The login check of a request over HTTP. On paths that are open to all the token is empty.
local function admitted(key, token)
  return token == '' or logged_in(key, token)
end

-- What a group is in the set of a user's groups, SISMEMBER says.
-- Java: -- Needs: member

-- The checks of a request on a group's list. own: how many keys the script has of its own.
-- im.group.membersOnly adds a key behind them, the user's groups, and a last argument, the group.
-- Returns nil, -1 not logged in, or -4 no member.
local function refusal(keys, args, own)
  local groups = keys[own + 1]
  if not admitted(keys[1], args[1]) then
    return -1
  elseif groups and redis.call('SISMEMBER', groups, args[#args]) == 0 then
  -- Java: elseif groups and not is_member(groups, args[#args]) then
    return -4
  end
end
