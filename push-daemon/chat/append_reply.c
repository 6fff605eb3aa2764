/* append_reply.c - what append.lua answered. */
#include "push-daemon/chat/append_reply.h"

#include "lib/redis/commands.h"
#include "lib/redis/resp.h"

static struct append_reply
append_reply_stored(int64_t ts)
{
    return (struct append_reply){ANSWER_STORED, {.result = APPEND_STORED, .ts = ts}, 0, {NULL, 0}};
}

static struct append_reply
append_reply_refused(enum append_result result)
{
    return (struct append_reply){ANSWER_REFUSED, {.result = result}, 0, {NULL, 0}};
}

/* Answers that are a list begin with a number, too. */
static struct append_reply
append_reply_of_list(const struct reply *reply)
{
    struct append_reply r = append_reply_refused(APPEND_REFUSED);

    switch (reply_int(reply_at(reply, 0))) {
    case 1: /* the id is known */
        return append_reply_stored(reply_int(reply_at(reply, 1)));
    case CMD_TOO_LATE:
        r.answer = ANSWER_TOO_LATE;
        r.redis_ms = reply_int(reply_at(reply, 1));
        break;
    case CMD_AGAINST_RULES:
        r.outcome.result = APPEND_AGAINST_RULES;
        r.outcome.reason = reply_text(reply_at(reply, 1));
        r.outcome.retry_ms = reply_count(reply) > 2 ? reply_int(reply_at(reply, 2)) : 0;
        break;
    default:
        break;
    }
    return r;
}

static struct append_reply
append_reply_of_error(const struct reply *reply)
{
    struct append_reply r = append_reply_refused(APPEND_REFUSED);

    r.error = reply_complaint(reply);
    if (reply_is_error(reply, "NOSCRIPT")) {
        r.answer = ANSWER_NO_SCRIPT;
    }
    return r;
}

struct append_reply
append_reply_read(const struct reply *reply)
{
    struct append_reply r = append_reply_refused(APPEND_REFUSED);

    if (reply_count(reply) >= 2) {
        return append_reply_of_list(reply);
    }
    if (reply_type(reply) == REPLY_ERROR) {
        return append_reply_of_error(reply);
    }
    switch (reply_int(reply)) {
    case CMD_MISSING:
        r.answer = ANSWER_OUT_OF_ORDER;
        return r;
    case CMD_NOT_LOGGED_IN:
        return append_reply_refused(APPEND_NOT_LOGGED_IN);
    case CMD_NOT_JOINED:
        return append_reply_refused(APPEND_NOT_JOINED);
    default:
        return reply_int(reply) > 0 ? append_reply_stored(reply_int(reply)) : r;
    }
}
