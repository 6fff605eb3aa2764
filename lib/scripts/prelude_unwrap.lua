-- prelude_unwrap.lua - the text of an entry as the Java original stores it: a JSON string.
--
-- lib/encoding/value.c reads it alike. Who wrote an object itself, without the string around it, has
-- written a message as well: the Java hosts stumble over it, fastim need not.

local function unwrapped(raw)
  local inner = raw:match('^[ \t\r\n]*"(.*)"[ \t\r\n]*$')
  if not inner then
    return raw:find('^[ \t\r\n]*{') and raw or nil
  elseif inner:find('[%z\1-\31]') or not is_utf8(inner) then
    return nil
  end
  local parsed, text = pcall(cjson.decode, raw) -- refuses half a surrogate pair, as value.c does
  return parsed and text or nil
end
