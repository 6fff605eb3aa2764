-- admit.lua - the checks of a user that a script for a group makes as well, unless it is on a cluster:
-- the user's keys are in another slot there.
--
-- KEYS  1 login
--       With membersOnly there is a further key, the user's groups.
-- ARGV  1 token ('': no check)
--       With membersOnly there is a further argument, the group.
-- Returns 1, or -1 not logged in, -4 no member.
-- Needs: login

return refusal(KEYS, ARGV, 1) or 1
