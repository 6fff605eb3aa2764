/* group_send_message.c - POST /group/sendMessage: stores a message and pushes it to the group. */
#include "fcgi-api/endpoints/endpoint.h"
#include "lib/redis/commands.h"
#include "lib/redis/standing.h"

/* The text as it may be stored. Who has a role is asked for only if it makes a difference: few
 * messages have such a word. Here the review by the site will come. */
static struct str
send_message_through_filter(struct exchange *ex, const struct cmd_append_args *args)
{
    struct str info = args->info;
    enum words_verdict verdict = words_check(ex->words, ex->store, &info);

    if (verdict == WORDS_PASS && str_equal(info, args->info)) {
        return info;
    }
    if (!exchange_is_ordinary(ex, args->group, args->standing)) {
        return args->info;
    }
    if (verdict == WORDS_REFUSED) {
        exchange_refuse(ex, "words");
    } else if (verdict == WORDS_NOT_KNOWN) {
        exchange_fault(ex, 503, "服务暂不可用 (the word filter has no words yet, try again)");
    }
    return info;
}

static void
send_message_ask(struct exchange *ex)
{
    struct cmd_append_args args = {
        .token = ex->token,
        .producer = str_make("", 0),
        .deadline_ms = INT64_MAX,
    };

    args.user = exchange_user(ex);
    args.group = exchange_group(ex, CODE_NOT_ALLOWED);
    args.info = exchange_info(ex);
    args.id = exchange_send_id(ex);
    if (ex->fault == 0 && (ex->token.len > 0 || ex->claims != NULL)) {
        args.standing =
            standing_of(ex->config, ex->claims != NULL,
                        ex->claims != NULL ? jwt_claims_role(ex->claims, args.group) : JWT_NO_ROLE);
    }
    if (ex->fault == 0) {
        args.info = send_message_through_filter(ex, &args);
    }
    if (ex->fault == 0) {
        cmd_append(ex->argv, ex->config, &args);
    }
}

static void
send_message_say_refused(struct exchange *ex, struct str reason, int64_t wait_ms)
{
    struct text data;

    text_init(&data);
    text_add_str(&data, "{\"reason\":");
    text_add_json(&data, reason);
    if (wait_ms > 0) {
        text_add_str(&data, ",\"retryAfter\":");
        text_add_int(&data, wait_ms);
    }
    text_add_str(&data, "}");
    response_envelope(ex->response, CODE_REFUSED, reason, text_str(&data));
    text_fini(&data);
}

static void
send_message_answer(struct exchange *ex, const struct reply *reply)
{
    int64_t first = reply_count(reply) > 0 ? reply_int(reply_at(reply, 0)) : 0;

    if (reply_int(reply) > 0) {
        response_say_number(ex->response, CODE_OK, "操作成功", reply_int(reply));
    } else if (first == 1) { /* the id is known */
        response_say_number(ex->response, CODE_OK, "操作成功", reply_int(reply_at(reply, 1)));
    } else if (first == CMD_AGAINST_RULES) {
        send_message_say_refused(ex, reply_text(reply_at(reply, 1)), reply_int(reply_at(reply, 2)));
    } else {
        response_say(ex->response, 500, "服务器错误 (internal error)");
    }
}

const struct endpoint ep_group_send_message = {
    .method = "POST",
    .path = "/group/sendMessage",
    .repeat = STORE_ONCE, /* without an id it would be stored a second time */
    .ask = send_message_ask,
    .answer = send_message_answer,
};
