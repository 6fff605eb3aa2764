/* v2_error.h - what clients of fastim.v2 are told by the frame `error`: one table of code and
 * reason. */
#ifndef PUSH_CORE_V2_ERROR_H
#define PUSH_CORE_V2_ERROR_H

#include "lib/str.h"

/* V2_ERROR(name, code, reason). Of 400 the reason is `frame`, `type`, or the key that is wrong. */
#define V2_ERRORS                                                                                  \
    V2_ERROR(FRAME, 400, "frame")                                                                  \
    V2_ERROR(TYPE, 400, "type")                                                                    \
    V2_ERROR(ID, 400, "id")                                                                        \
    V2_ERROR(INFO, 400, "info")                                                                    \
    V2_ERROR(TOKEN, 400, "token")                                                                  \
    V2_ERROR(TS, 400, "ts")                                                                        \
    V2_ERROR(BEFORE, 400, "before")                                                                \
    V2_ERROR(COUNT, 400, "count")                                                                  \
    V2_ERROR(USER, 400, "userId")                                                                  \
    V2_ERROR(BANNED, 403, "banned")                                                                \
    V2_ERROR(MUTED, 403, "muted")                                                                  \
    V2_ERROR(QUIET, 403, "quiet")                                                                  \
    V2_ERROR(WORDS, 403, "words")                                                                  \
    V2_ERROR(REVIEW, 403, "review")                                                                \
    V2_ERROR(MEMBER, 403, "member")                                                                \
    V2_ERROR(GROUP, 403, "group")                                                                  \
    V2_ERROR(ROLE, 403, "role")                                                                    \
    V2_ERROR(AGE, 403, "age")                                                                      \
    V2_ERROR(MESSAGE, 404, "message")                                                              \
    V2_ERROR(TOO_LARGE, 413, "info")                                                               \
    V2_ERROR(CONNECTION, 429, "connection")                                                        \
    V2_ERROR(UNACKED, 429, "unacked")                                                              \
    V2_ERROR(SLOW, 429, "slow")                                                                    \
    V2_ERROR(ROOM, 429, "room")                                                                    \
    V2_ERROR(LOGIN, 440, "login")                                                                  \
    V2_ERROR(REDIS, 503, "redis")                                                                  \
    V2_ERROR(REVIEW_AWAY, 503, "review")

enum v2_error {
#define V2_ERROR(name, code, reason) V2_##name,
    V2_ERRORS
#undef V2_ERROR
        V2_ERROR__MAX
};

int v2_error_code(enum v2_error error);
const char *v2_error_reason(enum v2_error error);

/* The refusal of a script: which error has that reason? V2_ERROR__MAX: none. */
enum v2_error v2_error_of(struct str reason);

#endif
