/* keys.h - the name of every Redis key and channel, spelled nowhere else. */
#ifndef LIB_REDIS_KEYS_H
#define LIB_REDIS_KEYS_H

#include "lib/str.h"
#include "lib/text.h"

enum key_kind {
    KEY_LOGIN,         /* login:{userId}   string: the login token */
    KEY_MESSAGES,      /* gml:{groupId}    list: the group's messages, oldest first */
    KEY_GROUPS,        /* ugs:{userId}     set: the groups that the user has joined */
    KEY_CHANNEL,       /* mq:{groupId}     pub/sub channel: each new message */
    KEY_LAST_TS,       /* gmt:{groupId}    string: highest ts that fastim gave out (fastim's own) */
    KEY_APPENDED,      /* fim:seq:{daemon} string: number of a daemon's last stored append (own) */
    KEY_MARKS,         /* fim:mark:{daemon} pub/sub channel: marks and probes of one daemon (own) */
    KEY_USER_FAILURES, /* fim:failed:user:{userId}    list: when the last logins failed (own) */
    KEY_CLIENT_FAILURES, /* fim:failed:client:{address}  the same */
    KEY_KIND__MAX
};

/* Adds prefix (redis.prefix), the kind's own prefix and id to out. */
void key_add(struct text *out, const char *prefix, enum key_kind kind, struct str id);

/* The id in a channel's or key's full name. p is NULL where the name is not of that kind. */
struct str key_id(struct str name, const char *prefix, enum key_kind kind);

#endif
