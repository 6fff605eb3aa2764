-- prelude_unused.lua - a piece of append.lua: takes back the seq, which may come again.

  if seq > 0 and call('DECR', KEYS[3]) < 1 then
    call('DEL', KEYS[3])
  end
