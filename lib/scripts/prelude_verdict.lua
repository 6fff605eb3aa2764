-- prelude_verdict.lua - a piece of append.lua: may the user speak in a group that has rules?
--
-- It sets why and wait (the refusal, if there is one), is_slow (the send is to be kept for slow),
-- counted (messages of this second, if the group has a cap), sent and sent_s.

  local user = ARGV[10]
  local rules = has_rules % 2 == 1 and call('HMGET', KEYS[6], 'slow', 'cap', 'quiet', 'm:' .. user,
                                   'b:' .. user, 'r:' .. user) or {}
  local everywhere = has_rules >= 2 and call('HGET', KEYS[7], 'b:' .. user)
  local slow, cap = rules[1] or ARGV[12], rules[2] or ARGV[13]
  slow, cap = slow ~= '0' and tonumber(slow) or 0, cap ~= '0' and tonumber(cap) or 0
  local role = ARGV[11] == '1' and rules[6] or ARGV[11]
  is_free = role == 'mod' or role == 'vip'
  is_slow = slow > 0 and not is_free
  if is_slow then
    sent, sent_s = sent or call('GET', KEYS[8]) or '', math.max(IDS_KEPT_S, slow)
  end
  if cap > 0 and not is_free then
    local second, count = (call('GET', KEYS[9]) or ''):match('^(%d+) (%d+)$')
    counted = second == time[1] and tonumber(count) or 0
  end

  if rules[4] or rules[5] or everywhere then
    -- When does it end? 0: never. Of two bans the longer one counts.
    local function sentence(reason, ends)
      ends = tonumber(ends or '')
      if ends and (ends == 0 or ends > now) then
        local left = ends == 0 and 0 or ends - now
        wait = (left == 0 or wait == 0) and 0 or math.max(wait or 0, left)
        why = reason
      end
    end
    sentence('banned', rules[5])
    sentence('banned', everywhere)
    if not why then
      sentence('muted', rules[4])
    end
  end
  if not why and rules[3] == '1' and not is_free then
    why, wait = 'quiet', 0
  end
  if not why and is_slow then
    local bare, newest = sent:match('^ [%d ]-(%d+),') or 0, sent:match('(%d+)$') or 0
    local since = now - math.max(bare, newest)
    if since > -1000 and since < slow * 1000 then -- before that the clock has stepped back
      why, wait = 'slow', slow * 1000 - math.max(0, since)
    end
  end
  if not why and counted and counted >= cap then
    why, wait = 'room', 1000 - math.floor(time[2] / 1000)
  end
