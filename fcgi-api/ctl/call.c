/* call.c - a request to an endpoint, answered by this program itself. */
#include "fcgi-api/ctl/call.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fcgi-api/ctl/complain.h"
#include "fcgi-api/ctl/show.h"
#include "fcgi-api/handle.h"
#include "lib/json.h"
#include "lib/utf8.h"

enum {
    DEPTH_MAX = 100 /* of the answers' JSON */
};

static void
call_add_param(struct text *body, const struct param *param)
{
    text_add_str(body, body->len > 1 ? "," : "");
    text_add_json(body, param->name);
    text_add_str(body, ":");
    text_add_json(body, param->value);
}

/* Makes the request. skip: params of that name are left out, but for number `kept` of all. */
static void
call_ask(struct ctl *ctl, const struct args *args, const char *skip, size_t kept,
         struct response *response)
{
    const struct api api = {.config = ctl->config, .store = ctl->store};
    struct request request = {
        .method = str_of("POST"),
        .path = str_of(args->command->path),
        .content_type = str_of("application/json"),
        .operator_name = str_of(ctl->operator_name),
    };
    struct text body;

    text_init(&body);
    text_add_str(&body, "{");
    for (size_t i = 0; i < args->param_count; i++) {
        if (skip == NULL || !str_is(args->params[i].name, skip) || i == kept) {
            call_add_param(&body, &args->params[i]);
        }
    }
    text_add_str(&body, "}");
    request.body = text_str(&body);
    request.body_too_large = body.len > BODY_MAX_BYTES;
    response_init(response);
    handle(&api, &request, response);
    text_fini(&body);
}

/* ---- answers ---- */

static enum ctl_exit
call_exit(int code, bool may_be_so)
{
    switch (code) {
    case CODE_OK:
        return CTL_DONE;
    case CODE_REFUSED:
        return may_be_so ? CTL_DONE : CTL_REFUSED;
    case 400:
    case 413:
        return CTL_USAGE;
    case 500:
    case 503:
        return CTL_AWAY;
    default:
        return CTL_REFUSED;
    }
}

/* What endpoints say in Chinese alone, as fast-im does. */
static const char *
call_translate(struct str msg)
{
    static const struct {
        const char *msg, *english;
    } words[] = {
        {"操作失败", "nothing was changed"},
        {"消息不存在", "there is no such message"},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (str_is(msg, words[i].msg)) {
            return words[i].english;
        }
    }
    return NULL;
}

/* Says why not, on standard error: the reason, as clients get it, or what the endpoint says. */
static void
call_complain(enum ctl_exit exit, const struct json_object *answer)
{
    struct str msg = str_make("", 0), reason = msg;

    (void)json_get_text(answer, "msg", &msg);
    if (json_get_text(json_get(answer, "data"), "reason", &reason)) {
        complain("refused: %.*s", (int)reason.len, reason.p);
    } else if (exit == CTL_AWAY) {
        complain("Redis does not answer as it should: %.*s", (int)msg.len, msg.p);
    } else if (call_translate(msg) != NULL) {
        complain("%s", call_translate(msg));
    } else {
        complain("%.*s", (int)msg.len, msg.p);
    }
}

/* Writes the answer, and frees it. */
static enum ctl_exit
call_answer(struct ctl *ctl, const struct args *args, bool may_be_so, struct response *response)
{
    struct json_object *answer;
    enum ctl_exit exit = CTL_AWAY;
    double code = 500;

    if (json_parse(&answer, text_str(&response->body), DEPTH_MAX)) {
        (void)json_get_number(answer, "code", &code);
        exit = call_exit((int)code, may_be_so);
        if (args->opt.json) {
            (void)fwrite(response->body.bytes, 1, response->body.len, stdout);
            putchar('\n');
        } else if (exit == CTL_DONE) {
            show_data(json_get(answer, "data"), args->command->columns, ctl->is_screen);
        }
        if (exit != CTL_DONE) {
            call_complain(exit, answer);
        }
        json_free(answer);
    }
    response_fini(response);
    return exit;
}

/* ---- commands ---- */

static enum ctl_exit
call_once(struct ctl *ctl, const struct args *args, bool may_be_so)
{
    struct response response;

    call_ask(ctl, args, NULL, 0, &response);
    return call_answer(ctl, args, may_be_so, &response);
}

enum ctl_exit
call_command(struct ctl *ctl, const struct args *args)
{
    const char *each = args->command->extra;
    enum ctl_exit worst = CTL_DONE;
    bool is_list = each != NULL && strstr(args->command->usage, "...") != NULL;

    if (!is_list) {
        return call_once(ctl, args, false);
    }
    for (size_t i = 0; i < args->param_count && worst < CTL_USAGE; i++) {
        if (str_is(args->params[i].name, each)) {
            struct response response;
            enum ctl_exit exit;

            call_ask(ctl, args, each, i, &response);
            exit = call_answer(ctl, args, false, &response);
            worst = exit > worst ? exit : worst;
        }
    }
    return worst;
}

enum ctl_exit
call_settings(struct ctl *ctl, const struct args *args)
{
    return call_once(ctl, args, args->param_count == 1);
}

/* Adds what stands on standard input, without the end of its last line, to text. */
static bool
call_read_text(struct text *text)
{
    ssize_t n = 1;

    while (n > 0 && text->len <= BODY_MAX_BYTES) {
        text_reserve(text, 65536);
        n = read(STDIN_FILENO, text->bytes + text->len, 65536);
        text->len += n > 0 ? (size_t)n : 0;
    }
    if (n < 0) {
        complain("standard input cannot be read");
        return false;
    }
    if (text->len > 0 && text->bytes[text->len - 1] == '\n') {
        text->len--;
    }
    if (!utf8_valid(text_str(text)) || memchr(text->bytes, '\0', text->len) != NULL) {
        complain("standard input: must be UTF-8 without NUL");
        return false;
    }
    return true;
}

enum ctl_exit
call_send(struct ctl *ctl, const struct args *args)
{
    struct args with_text = *args;
    enum ctl_exit exit = CTL_USAGE;
    struct text text;

    if (!str_is(args_get(args, "info"), "-")) {
        return call_once(ctl, args, false);
    }
    text_init(&text);
    if (call_read_text(&text)) {
        for (size_t i = 0; i < with_text.param_count; i++) {
            if (str_is(with_text.params[i].name, "info")) {
                with_text.params[i].value = text_str(&text);
            }
        }
        exit = call_once(ctl, &with_text, false);
    }
    text_fini(&text);
    return exit;
}
