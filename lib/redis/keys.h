/* keys.h - the name of every Redis key and channel, spelled nowhere else. */
#ifndef LIB_REDIS_KEYS_H
#define LIB_REDIS_KEYS_H

#include "lib/config/config.h"
#include "lib/str.h"
#include "lib/text.h"

enum key_kind {
    KEY_LOGIN,    /* login:{userId}   string: the login token */
    KEY_MESSAGES, /* gml:{groupId}    list: the group's messages, oldest first */
    KEY_GROUPS,   /* ugs:{userId}     set: the groups that the user has joined */
    KEY_CHANNEL,  /* mq:{groupId}     pub/sub channel: each new message */
    /* The rest is fastim's own: fast-im does not know these. */
    KEY_LAST_TS,         /* gmt:{groupId}    string: highest ts that fastim gave out; on a cluster
                            the field ts of fim:book:{groupId}, a hash */
    KEY_APPENDED,        /* fim:seq:{producer} string: seq of the producer's last stored append */
    KEY_MARKS,           /* fim:mark:{daemon_id} pub/sub channel: marks and probes of a daemon; on a
                            cluster fim:mark:{groupId}/{daemon_id} */
    KEY_USER_FAILURES,   /* fim:failed:user:{userId}    list: times of the last failed logins */
    KEY_CLIENT_FAILURES, /* fim:failed:client:{address} list: the same for a client's address */
    KEY_BOTH_FAILURES,   /* fim:failed:both:{userId}/{address} list: that user from that address */
    KEY_READ,            /* fim:read:{userId} hash: groupId to ts, up to which the user has read */
    KEY_SENT,            /* fim:sent:{groupId}/{userId} string: ids of the user's last sends */
    KEY_EVENT_LOG,       /* fim:log:{groupId} zset: epoch and newest events of a group */
    KEY_EVENTS,          /* fim:ev:{groupId}  pub/sub channel: events of a group; no id: of all */
    KEY_PRESENCE,        /* fim:on:{groupId}  hash: who is online in a group, by daemon */
    KEY_LEASES,          /* fim:hosts         zset: daemons, and until when they live */
    KEY_ABOUT,           /* fim:daemons       hash: daemon to what it says of itself, as JSON */
    KEY_REFUSALS,        /* fim:refused:{producer} list: its last refused appends, by seq */
    KEY_RULES,    /* fim:rules:{groupId} hash: settings, bans, mutes, roles; no id: of all groups */
    KEY_CAP,      /* fim:cap:{groupId}   string: a second, and how many messages were in it */
    KEY_WORDS,    /* fim:words         set: words that no message may have */
    KEY_AUDIT,    /* fim:audit         list: what operators and moderators did, newest first */
    KEY_TOP,      /* fim:top           zset: groups, and how many are online in them */
    KEY_ENCODING, /* fim:encoding    string: redis.encoding of all programs, plain or java */
    KEY_CONVERT,  /* fim:convert      hash: the conversion that is under way */
    KEY_CONVERT_NOTED, /* fim:convert:keys set: keys whose values look as if turned already */
    KEY_CONVERT_LIST,  /* fim:convert:list list: one that is being made */
    KEY_CONVERT_LATER, /* fim:convert:later list: keys of lists that are put off */
    KEY_IMPORT,        /* fim:import:{groupId} string: token of the import that is under way */
    KEY_COPY,          /* fim:copy         string: one Redis is being copied to this cluster */
    KEY_COPY_LIST,     /* fim:copy:list:{groupId} list: one that is being made */
    KEY_KIND__MAX
};

/* Adds redis.prefix, the prefix of the kind and the id to out.
 *
 * On a cluster the id stands in braces, so that all names of a group, and all of a user, are in one
 * slot: gml:{1}. If it begins with a `}`, a slash stands before it, which is in no id: else the
 * braces would be empty, and the whole name would count. A name without an id has no braces. */
void key_add(struct text *out, const struct config_redis *redis, enum key_kind kind, struct str id);

/* The same with two ids, which a slash parts: it is in neither. On a cluster the name is in the
 * slot of the first one: fim:sent:{1}/3. */
void key_add_pair(struct text *out, const struct config_redis *redis, enum key_kind kind,
                  struct str first, struct str second);

/* The id in the full name of a key or channel. p is NULL if the name is not of that kind. */
struct str key_id(struct str name, const struct config_redis *redis, enum key_kind kind);

#endif
