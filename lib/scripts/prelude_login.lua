-- prelude_login.lua - is this token the user's? A successful check renews its 24 hours.

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

-- Whoever asks over HTTP; no token comes from paths that are open to all.
local function admitted(key, token)
  return token == '' or logged_in(key, token)
end
