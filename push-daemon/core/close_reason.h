/* close_reason.h - why a connection ends: one table of the close code, and the words for log and
 * metrics. */
#ifndef PUSH_CORE_CLOSE_REASON_H
#define PUSH_CORE_CLOSE_REASON_H

/* Close codes of RFC 6455, section 7.4.1, and of its IANA registry. */
enum close_code {
    CODE_NONE = 0, /* the connection ends without a close frame */
    CODE_NORMAL = 1000,
    CODE_GOING_AWAY = 1001,
    CODE_PROTOCOL_ERROR = 1002,
    CODE_INVALID_PAYLOAD = 1007,
    CODE_TOO_BIG = 1009,
    CODE_INTERNAL_ERROR = 1011,
    CODE_TRY_AGAIN_LATER = 1013
};

/* CLOSE_REASON(name, code, text). The text is a label of the metric fastim_closes_total. */
#define CLOSE_REASONS                                                                              \
    CLOSE_REASON(CLIENT_CLOSED, CODE_NONE, "client closed")                                        \
    CLOSE_REASON(CONNECTION_LOST, CODE_NONE, "connection lost")                                    \
    CLOSE_REASON(NO_PONG, CODE_NONE, "no answer to pings")                                         \
    CLOSE_REASON(TAKES_NOTHING, CODE_NONE, "too slow: takes nothing")                              \
    CLOSE_REASON(TOO_MUCH_WAITS, CODE_NONE, "too slow: too much waits for clients")                \
    CLOSE_REASON(STOPPING, CODE_GOING_AWAY, "the daemon stops")                                    \
    CLOSE_REASON(PROTOCOL_ERROR, CODE_PROTOCOL_ERROR, "against the WebSocket protocol")            \
    CLOSE_REASON(NOT_UTF8, CODE_INVALID_PAYLOAD, "not UTF-8")                                      \
    CLOSE_REASON(NOT_LOGGED_IN, CODE_NORMAL, "not logged in")                                      \
    CLOSE_REASON(TOKEN_EXPIRED, CODE_NORMAL, "token is no longer valid")                           \
    CLOSE_REASON(NOT_A_MEMBER, CODE_NORMAL, "has not joined the group")                            \
    CLOSE_REASON(MESSAGE_TOO_BIG, CODE_TOO_BIG, "message too large")                               \
    CLOSE_REASON(LIST_UNREADABLE, CODE_INTERNAL_ERROR, "the group's list cannot be read")          \
    CLOSE_REASON(ENTER_FAULT, CODE_INTERNAL_ERROR, "Redis refused to say whether it may enter")    \
    CLOSE_REASON(FELL_OFF_LOG, CODE_TRY_AGAIN_LATER, "too slow: fell off its group's log")         \
    CLOSE_REASON(OUTBOX_FULL, CODE_TRY_AGAIN_LATER, "too slow: does not read what it is told")     \
    CLOSE_REASON(MISSED_TOO_MUCH, CODE_TRY_AGAIN_LATER, "missed more than can be caught up with")  \
    CLOSE_REASON(NO_FIRST_FRAME, CODE_TRY_AGAIN_LATER, "no first frame in time")                   \
    CLOSE_REASON(REDIS_BUSY, CODE_TRY_AGAIN_LATER, "Redis cannot now")                             \
    CLOSE_REASON(REDIS_LOST, CODE_TRY_AGAIN_LATER, "Redis went away")                              \
    CLOSE_REASON(REDIS_AWAY, CODE_TRY_AGAIN_LATER, "Redis is away")

enum close_reason {
#define CLOSE_REASON(name, code, text) CLOSE_##name,
    CLOSE_REASONS
#undef CLOSE_REASON
        CLOSE_REASON__MAX
};

int close_reason_code(enum close_reason reason); /* an enum close_code */
const char *close_reason_text(enum close_reason reason);

#endif
