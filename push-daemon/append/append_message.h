/* append_message.h - a message to store, and what became of it. */
#ifndef PUSH_APPEND_APPEND_MESSAGE_H
#define PUSH_APPEND_APPEND_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/redis/standing.h"
#include "lib/str.h"

enum append_result {
    APPEND_STORED,
    APPEND_NOT_LOGGED_IN, /* not stored */
    APPEND_REFUSED,       /* not stored, and never will be */
    APPEND_NOT_JOINED,    /* not stored: the user is no member */
    APPEND_AGAINST_RULES, /* not stored: by a rule of the group */
    APPEND_NOT_ALLOWED,   /* not stored: the site has said no to it; the reason is the site's */
    APPEND_NOT_REVIEWED,  /* not stored: the site was to be asked, and did not answer */
    APPEND_RESULT__MAX
};

struct append_outcome {
    enum append_result result;
    int64_t ts;        /* of a message that is stored; 0: it is not known */
    struct str reason; /* the rule, or the site's word; it lives as long as the call */
    int64_t retry_ms;  /* when that rule allows it; 0: that does not depend on time */
};

typedef void append_fn(void *arg, const struct append_outcome *outcome);

struct append_message {
    struct str group;
    struct str user;
    struct str info;  /* UTF-8 */
    struct str token; /* empty: no login check */
    struct str id; /* as id_valid_send() has it; empty: none. A known id stores nothing: the ts is
                         that of its first message */
    enum cmd_standing standing; /* of the user */
};

/* Makes *to a copy of the message, whose strings stand from bytes on; it takes so many. */
size_t append_message_bytes(const struct append_message *m);
void append_message_copy(struct append_message *to, const struct append_message *m, char *bytes);

#endif
