-- prelude_unused.lua - a piece of append.lua: takes back the seq, which may come again.

  if seq > 0 and call('DECR', KEYS[3]) < 1 then
  -- Cluster: if seq > 0 and instead ~= -3 then
    call('DEL', KEYS[3])
    -- Cluster: call('HDEL', KEYS[2], daemon)
    -- Cluster: if before ~= '' then
    -- Cluster:   call('HSET', KEYS[2], daemon, before)
    -- Cluster: end
  end
