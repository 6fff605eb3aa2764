/* close_reason.h - why a connection ends: one table of what the client is told, and of the words
 * for log and metrics. */
#ifndef PUSH_CORE_CLOSE_REASON_H
#define PUSH_CORE_CLOSE_REASON_H

/* Close codes of RFC 6455, section 7.4.1, of its IANA registry, and from 4000 on of fastim.v2. */
enum close_code {
    CODE_NONE = 0, /* the connection ends without a close frame */
    CODE_NORMAL = 1000,
    CODE_GOING_AWAY = 1001,
    CODE_PROTOCOL_ERROR = 1002,
    CODE_UNSUPPORTED = 1003,
    CODE_INVALID_PAYLOAD = 1007,
    CODE_TOO_BIG = 1009,
    CODE_INTERNAL_ERROR = 1011,
    CODE_RESTART = 1012,
    CODE_TRY_AGAIN_LATER = 1013,
    CODE_BAD_FRAME = 4400,
    CODE_FORBIDDEN = 4403,
    CODE_LOGIN = 4440
};

/* CLOSE_REASON(name, code, word, v2_code, error, why, text).
 *
 * code, word: a Part 1 client gets this close code, and before it this text, if there is one.
 * v2_code, error, why: a client of fastim.v2 gets this close code, and before it the frame `error`
 * with that code and reason, if there is one.
 * text: a label of the metric fastim_closes_total. */
#define CLOSE_REASONS                                                                              \
    CLOSE_REASON(CLIENT_CLOSED, NONE, "", NONE, 0, "", "client closed")                            \
    CLOSE_REASON(CONNECTION_LOST, NONE, "", NONE, 0, "", "connection lost")                        \
    CLOSE_REASON(NO_PONG, NONE, "", NONE, 0, "", "no answer to pings")                             \
    CLOSE_REASON(TAKES_NOTHING, NONE, "", NONE, 0, "", "too slow: takes nothing")                  \
    CLOSE_REASON(TOO_MUCH_WAITS, NONE, "", NONE, 0, "", "too slow: too much waits for clients")    \
    CLOSE_REASON(STOPPING, GOING_AWAY, "", RESTART, 0, "", "the daemon stops")                     \
    CLOSE_REASON(PROTOCOL_ERROR, PROTOCOL_ERROR, "", PROTOCOL_ERROR, 0, "",                        \
                 "against the WebSocket protocol")                                                 \
    CLOSE_REASON(NOT_UTF8, INVALID_PAYLOAD, "", INVALID_PAYLOAD, 0, "", "not UTF-8")               \
    CLOSE_REASON(NOT_LOGGED_IN, NORMAL, "440", LOGIN, 440, "login", "not logged in")               \
    CLOSE_REASON(TOKEN_EXPIRED, NORMAL, "440", LOGIN, 440, "login", "token is no longer valid")    \
    CLOSE_REASON(NOT_A_MEMBER, NORMAL, "", FORBIDDEN, 403, "member", "has not joined the group")   \
    CLOSE_REASON(BANNED, NORMAL, "403", FORBIDDEN, 403, "banned", "banned")                        \
    CLOSE_REASON(MESSAGE_TOO_BIG, TOO_BIG, "", TOO_BIG, 0, "", "message too large")                \
    CLOSE_REASON(LIST_UNREADABLE, INTERNAL_ERROR, "", INTERNAL_ERROR, 0, "",                       \
                 "the group's list cannot be read")                                                \
    CLOSE_REASON(ENTER_FAULT, INTERNAL_ERROR, "", INTERNAL_ERROR, 0, "",                           \
                 "Redis refused to say whether it may enter")                                      \
    CLOSE_REASON(FELL_OFF_LOG, TRY_AGAIN_LATER, "", TRY_AGAIN_LATER, 0, "",                        \
                 "too slow: fell off its group's log")                                             \
    CLOSE_REASON(OUTBOX_FULL, TRY_AGAIN_LATER, "", TRY_AGAIN_LATER, 0, "",                         \
                 "too slow: does not read what it is told")                                        \
    CLOSE_REASON(MISSED_TOO_MUCH, TRY_AGAIN_LATER, "", TRY_AGAIN_LATER, 0, "",                     \
                 "missed more than can be caught up with")                                         \
    CLOSE_REASON(NO_FIRST_FRAME, TRY_AGAIN_LATER, "503", TRY_AGAIN_LATER, 503, "redis",            \
                 "no first frame in time")                                                         \
    CLOSE_REASON(REDIS_BUSY, TRY_AGAIN_LATER, "503", TRY_AGAIN_LATER, 503, "redis",                \
                 "Redis cannot now")                                                               \
    CLOSE_REASON(REDIS_LOST, TRY_AGAIN_LATER, "503", TRY_AGAIN_LATER, 503, "redis",                \
                 "Redis went away")                                                                \
    CLOSE_REASON(REDIS_AWAY, TRY_AGAIN_LATER, "503", TRY_AGAIN_LATER, 503, "redis",                \
                 "Redis is away")                                                                  \
    CLOSE_REASON(LOGIN_FIRST, NONE, "", LOGIN, 440, "login", "no login came in time")              \
    CLOSE_REASON(JWT_EXPIRED, NONE, "", LOGIN, 440, "expired", "the JWT has expired")              \
    CLOSE_REASON(OTHER_GROUP, NONE, "", FORBIDDEN, 403, "group", "the JWT is not for this group")  \
    CLOSE_REASON(BAD_FRAME, NONE, "", BAD_FRAME, 400, "frame", "not a JSON object with a type")    \
    CLOSE_REASON(BINARY, NONE, "", UNSUPPORTED, 0, "", "a binary frame")

enum close_reason {
#define CLOSE_REASON(name, code, word, v2_code, error, why, text) CLOSE_##name,
    CLOSE_REASONS
#undef CLOSE_REASON
        CLOSE_REASON__MAX
};

/* What a client is told at the end. */
struct close_told {
    int code;         /* an enum close_code */
    int error;        /* fastim.v2 alone: code of the `error` before it; 0: there is none */
    const char *word; /* reason of the `error`; of Part 1 the text before the close; or empty */
};

const struct close_told *close_reason_v1(enum close_reason reason);
const struct close_told *close_reason_v2(enum close_reason reason);
const char *close_reason_text(enum close_reason reason);

#endif
