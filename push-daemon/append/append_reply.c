/* append_reply.c - what append.lua answered. */
#include "push-daemon/append/append_reply.h"

#include "lib/config/number.h"
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

bool
append_reply_is_elsewhere(const struct reply *reply)
{
    return reply_is_error(reply, "MOVED") || reply_is_error(reply, "ASK") ||
           reply_is_error(reply, "TRYAGAIN");
}

static struct append_reply
append_reply_of_error(const struct reply *reply)
{
    struct append_reply r = append_reply_refused(APPEND_REFUSED);

    r.error = reply_complaint(reply);
    if (reply_is_error(reply, "NOSCRIPT")) {
        r.answer = ANSWER_NO_SCRIPT;
    } else if (append_reply_is_elsewhere(reply)) {
        r.answer = ANSWER_ELSEWHERE;
    }
    return r;
}

/* The next word of a text; it is taken off. */
static struct str
append_reply_word(struct str *text)
{
    const char *space = text->len > 0 ? memchr(text->p, ' ', text->len) : NULL;
    size_t len = space != NULL ? (size_t)(space - text->p) : text->len;
    struct str word = str_make(text->p, len);

    *text = space != NULL ? str_make(space + 1, text->len - len - 1) : str_make("", 0);
    return word;
}

bool
append_reply_read_note(struct append_reply *r, int64_t *seq, struct str note)
{
    struct str answer, wait;

    if (!number_parse(append_reply_word(&note), 1, INT64_MAX, seq)) {
        return false;
    }
    answer = append_reply_word(&note);
    if (str_is(answer, "-1")) {
        *r = append_reply_refused(APPEND_NOT_LOGGED_IN);
    } else if (str_is(answer, "-4")) {
        *r = append_reply_refused(APPEND_NOT_JOINED);
    } else if (str_is(answer, "-5")) {
        *r = append_reply_refused(APPEND_AGAINST_RULES);
        r->outcome.reason = append_reply_word(&note);
        wait = append_reply_word(&note);
        return number_parse(wait, 0, INT64_MAX, &r->outcome.retry_ms);
    } else {
        return false;
    }
    return true;
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
