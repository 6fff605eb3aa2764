-- prelude_login.lua - is this token the user's? A successful check renews its 24 hours.

local function logged_in(key, token)
  if redis.call('GET', key) ~= token then
    return false
  end
  redis.call('EXPIRE', key, 86400)
  return true
end
