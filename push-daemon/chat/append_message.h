/* append_message.h - a message to store, and what became of it. */
#ifndef PUSH_CHAT_APPEND_MESSAGE_H
#define PUSH_CHAT_APPEND_MESSAGE_H

#include "lib/str.h"

enum append_result {
    APPEND_STORED,
    APPEND_NOT_LOGGED_IN, /* not stored */
    APPEND_REFUSED,       /* not stored, and never will be */
    APPEND_NOT_JOINED,    /* not stored: the user is no member */
    APPEND_RESULT__MAX
};

typedef void append_fn(void *arg, enum append_result result);

struct append_message {
    struct str group;
    struct str user;
    struct str info;  /* UTF-8 */
    struct str token; /* empty: no login check */
};

#endif
