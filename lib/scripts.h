/* scripts.h - the Lua scripts that run inside Redis, embedded from lib/scripts/ at build time.
 *
 * The head of each script tells its keys, arguments and results. */
#ifndef LIB_SCRIPTS_H
#define LIB_SCRIPTS_H

#include <stddef.h>

enum script_id {
    SCRIPT_APPEND,
    SCRIPT_SNAPSHOT,
    SCRIPT_RESUME,
    SCRIPT_ENTER,
    SCRIPT_CHECK_LOGIN,
    SCRIPT_LOGIN,
    SCRIPT_LOGIN_FAILED,
    SCRIPT_LOGIN_WAIT,
    SCRIPT_JOIN_GROUP,
    SCRIPT_LIST_GROUPS,
    SCRIPT_LIST_RANGE,
    SCRIPT_LIST_BEFORE,
    SCRIPT_LIST_BEFORE_TS,
    SCRIPT_LIST_MORE,
    SCRIPT_RECALL,
    SCRIPT_SUMMARY,
    SCRIPT_LOGOUT,
    SCRIPT_LEAVE_GROUP,
    SCRIPT_READ,
    SCRIPT_PRESENCE,
    SCRIPT_LEASE,
    SCRIPT_ONLINE,
    SCRIPT_TALLY,
    SCRIPT_LOADED__MAX, /* from here on they are rare: no daemon loads them in advance */
    SCRIPT_SET_RULE = SCRIPT_LOADED__MAX,
    SCRIPT_SETTINGS,
    SCRIPT_RULES,
    SCRIPT_RECALL_ANY,
    SCRIPT_PURGE,
    SCRIPT_CLEAR,
    SCRIPT_NOTICE,
    SCRIPT_NOTICE_ALL,
    SCRIPT_WORDS,
    SCRIPT_MEMBERSHIP,
    SCRIPT_HOSTS,
    SCRIPT_IMPORT,
    SCRIPT_ENCODING,
    SCRIPT_CONVERT,
    SCRIPT_ABOUT, /* from here on: for a cluster alone */
    SCRIPT_ADMIT,
    SCRIPT_BANNED,
    SCRIPT_NOTE,
    SCRIPT__MAX
};

struct script {
    const char *name;
    const char *body;
    size_t length;
    const char *sha1; /* of body, 40 hexadecimal digits, for EVALSHA */
};

extern const struct script scripts[SCRIPT__MAX];
extern const struct script scripts_java[SCRIPT__MAX];    /* the same for redis.encoding java */
extern const struct script scripts_cluster[SCRIPT__MAX]; /* the same for redis.cluster */

#endif
