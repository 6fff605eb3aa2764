/* user_login.c - POST /user/login: a new token, if login.method lets the user in.
 *
 * If logins can fail, Redis counts the failures of the user, of the client's address and of both
 * together. With too many the next login has to wait, and no password is checked until then. */
#include <inttypes.h>
#include <stdio.h>

#include "fcgi-api/endpoints/endpoint.h"
#include "fcgi-api/http/client_name.h"
#include "lib/redis/commands.h"
#include "lib/log.h"
#include "lib/token.h"

struct attempt {
    struct exchange *ex;
    struct str user;
    struct str password;
    char client_text[ADDRESS_TEXT_SIZE];
    struct str client; /* the name under which its failures are counted; empty: not known */
};

static void
user_login_log(const struct attempt *a, const char *what)
{
    log_info("%s user=%s client=%s", what, log_quote(a->user).text,
             log_quote(a->ex->request->client).text);
}

/* Each command here replies with the seconds to wait. Returns true if it is none; else answers. */
static bool
user_login_may_go_on(const struct attempt *a, const struct reply *reply)
{
    int64_t seconds = reply_int(reply);
    char msg[100], digits[24];

    if (seconds == 0) {
        return true;
    }
    user_login_log(a, "login-locked");
    snprintf(msg, sizeof(msg), "登录失败次数过多，请 %" PRId64 " 秒后再试", seconds);
    snprintf(digits, sizeof(digits), "%" PRId64, seconds);
    response_header(a->ex->response, "Retry-After", digits);
    response_say(a->ex->response, CODE_REFUSED, msg);
    return false;
}

static bool
user_login_ask(const struct attempt *a, enum store_repeat repeat)
{
    const struct reply *reply;

    return exchange_ask(a->ex, repeat, &reply) && user_login_may_go_on(a, reply);
}

static void
user_login_refuse(const struct attempt *a)
{
    cmd_login_failed(a->ex->argv, a->ex->config, a->user, a->client);
    if (user_login_ask(a, STORE_ONCE)) {
        user_login_log(a, "login-refused");
        response_say(a->ex->response, CODE_REFUSED, "登录失败");
    }
}

static void
user_login_grant(const struct attempt *a, struct str data)
{
    char token[TOKEN_CHARS + 1];

    token_make(token);
    cmd_login(a->ex->argv, a->ex->config, a->user, a->client, str_of(token));
    if (user_login_ask(a, STORE_REPEAT)) {
        response_envelope(a->ex->response, CODE_OK, str_of(token), data);
    }
}

static void
user_login_decide(struct attempt *a)
{
    struct exchange *ex = a->ex;
    enum login_answer answer;
    struct text data, id;

    text_init(&data);
    text_init(&id);
    answer = login_check(ex->login, ex->request, a->user, a->password, &data, &id);
    if (id.len > 0) { /* failures count for it as well, whatever name the client has tried */
        a->user = text_str(&id);
    }
    switch (answer) {
    case LOGIN_GRANTED:
        user_login_grant(a, text_str(&data));
        break;
    case LOGIN_REFUSED:
        user_login_refuse(a);
        break;
    case LOGIN_UNAVAILABLE:
        response_say(ex->response, 503, "服务暂不可用 (try again)");
        break;
    case LOGIN_BROKEN:
    case LOGIN_ANSWER__MAX:
        response_say(ex->response, 500, "服务器错误 (internal error)");
        break;
    }
    text_fini(&data);
    text_fini(&id);
}

static void
user_login_run(struct exchange *ex)
{
    struct attempt a = {.ex = ex, .user = exchange_id(ex, "userId")};

    a.password = exchange_text(ex, "password");
    if (ex->fault != 0) {
        return;
    }
    a.client = client_name(ex->request, a.client_text);
    if (login_can_fail(ex->login)) {
        cmd_login_wait(ex->argv, ex->config, a.user, a.client);
        if (!user_login_ask(&a, STORE_REPEAT)) {
            return;
        }
    }
    user_login_decide(&a);
}

const struct endpoint ep_user_login = {
    .method = "POST",
    .path = "/user/login",
    .run = user_login_run,
};
