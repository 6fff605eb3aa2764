/* rules.h - bounds of what operators and moderators set in a group. */
#ifndef LIB_RULES_H
#define LIB_RULES_H

enum {
    RULE_SLOW_MAX_S = 21600,
    RULE_CAP_MAX = 1000000,
    RULE_SECONDS_MAX = 315360000, /* of a mute or ban: ten years; 0 is for ever */
    RULE_PINNED_MAX_BYTES = 4096,
    RULE_ATTR_NAME_MAX_BYTES = 32, /* of A-Z a-z 0-9 _ -; the script has the bounds of all attrs */
    RULE_KICK_S = 10
};

#endif
