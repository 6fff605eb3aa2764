/* intercept.c - shows a request to the site's module, which may refuse it. */
#include "fcgi-api/login/intercept.h"

#include <stdlib.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/utf8.h"

enum {
    STRINGS = 5
};

static const char *
intercept_variable(const struct fastim_request *shown, const char *name)
{
    const struct request *request = shown->private_data;

    return request->variable(request->variable_arg, name);
}

static enum fastim_answer
intercept_ask(struct module *module, const struct request *request, struct fastim_refusal *refusal)
{
    char *strings[STRINGS] = {
        mem_dup(request->method.p, request->method.len),
        mem_dup(request->path.p, request->path.len),
        mem_dup(request->query.p, request->query.len),
        mem_dup(request->user.p, request->user.len),
        mem_dup(request->client.p, request->client.len),
    };
    const struct fastim_request shown = {
        .method = strings[0],
        .path = strings[1],
        .query = strings[2],
        .user = strings[3],
        .client = strings[4],
        .variable = intercept_variable,
        .private_data = (void *)request,
    };
    enum fastim_answer answer = module_intercept(module, &shown, refusal);

    for (int i = 0; i < STRINGS; i++) {
        free(strings[i]);
    }
    return answer;
}

static bool
intercept_is_code(int code)
{
    return code == CODE_REFUSED || (code >= 400 && code <= 599);
}

static void
intercept_refuse(const struct fastim_refusal *refusal, struct response *response)
{
    const char *msg = refusal->msg != NULL ? refusal->msg : "拒绝访问";

    if (!intercept_is_code(refusal->code != 0 ? refusal->code : 403) || !utf8_valid(str_of(msg))) {
        log_error("login-module reason=\"a refusal without valid code and msg\" code=%d",
                  refusal->code);
        response_say(response, 500, "服务器错误 (internal error)");
        return;
    }
    response_say(response, refusal->code != 0 ? refusal->code : 403, msg);
}

bool
intercept(struct module *module, const struct request *request, struct response *response)
{
    struct fastim_refusal refusal;

    switch (intercept_ask(module, request, &refusal)) {
    case FASTIM_YES:
        return true;
    case FASTIM_NO:
        intercept_refuse(&refusal, response);
        return false;
    case FASTIM_UNKNOWN:
        break;
    }
    response_say(response, 503, "服务暂不可用 (try again)");
    return false;
}
