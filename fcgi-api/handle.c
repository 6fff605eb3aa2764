/* handle.c - a request becomes a response.
 *
 * The contract sets the order of the checks: path, method, login, body, parameters. The rate of the
 * client's address comes before the login, as Redis is not asked then. A JWT is checked here. For
 * any other token an endpoint's one command checks the login as well. If there is no such command,
 * or if body or parameters are wrong, the login is checked by itself first: a user who is not
 * logged in learns only that. Then the headers userId and token are read in the next way, if there
 * is one (identity.h). An operator's token comes in place of both. */
#include "fcgi-api/handle.h"

#include "fcgi-api/admin/operator.h"
#include "fcgi-api/endpoints/endpoint.h"
#include "fcgi-api/exchange.h"
#include "fcgi-api/http/identity.h"
#include "fcgi-api/router.h"
#include "lib/clock.h"
#include "lib/cors.h"
#include "lib/ids.h"
#include "lib/log.h"
#include "lib/redis/commands.h"
#include "lib/wordlist.h"

/* A request on its way through the ways to read who it is from. */
struct handling {
    struct exchange ex;  /* its request is `seen` */
    struct request seen; /* the request as the endpoint and a module are to see it */
    struct identity who;
    struct jwt_claims claims;
};

static void
handle_read_form(struct exchange *ex, struct form *form)
{
    ex->form = form;
    switch (form_read(form, ex->request)) {
    case FORM_TOO_LARGE:
        exchange_fault(ex, 413, "请求体过大 (body over %d bytes)", BODY_MAX_BYTES);
        return;
    case FORM_ENCODED:
        exchange_fault(ex, 415, "不支持的编码 (Content-Encoding: %s)", form->why);
        return;
    case FORM_MALFORMED:
        exchange_fault(ex, 400, "请求格式错误 (%s)", form->why);
        return;
    case FORM_OK:
    case FORM_RESULT__MAX:
        return;
    }
}

/* Checks the login by itself. Returns false if it failed; not_logged_in or the response says so. */
static bool
handle_check_login(struct exchange *ex)
{
    const struct reply *reply;

    if (ex->token.len == 0) {
        return true;
    }
    cmd_check_login(ex->argv, ex->config, ex->request->user, ex->token);
    if (!exchange_ask(ex, STORE_REPEAT, &reply)) {
        return false;
    }
    ex->not_logged_in = reply_int(reply) == CMD_NOT_LOGGED_IN;
    return !ex->not_logged_in;
}

/* Sends the endpoint's one command, which checks the login as well. */
static void
handle_by_command(struct exchange *ex, const struct endpoint *endpoint)
{
    const struct reply *reply;

    endpoint->ask(ex);
    if (ex->fault != 0 || !exchange_ask(ex, endpoint->repeat, &reply)) {
        return;
    }
    if (reply_int(reply) == CMD_NOT_LOGGED_IN && ex->token.len > 0) {
        ex->not_logged_in = true;
    } else if (reply_int(reply) == CMD_NOT_JOINED) {
        response_say(ex->response, CODE_REFUSED, "未加入群组");
    } else {
        endpoint->answer(ex, reply);
    }
}

static void
handle_exchange(struct exchange *ex, const struct endpoint *endpoint)
{
    bool checked = false;

    if (ex->fault == 0 && endpoint->ask != NULL) {
        handle_by_command(ex, endpoint);
    } else if (ex->fault == 0) {
        checked = true;
        if (!handle_check_login(ex)) {
            return;
        }
        if (endpoint->run != NULL) {
            endpoint->run(ex);
        } else {
            endpoint->answer(ex, NULL);
        }
    }
    if (ex->fault != 0 && (checked || handle_check_login(ex))) {
        exchange_say_fault(ex);
    }
}

/* ---- who it is from ---- */

static bool
handle_is_for_admins(const struct endpoint *endpoint)
{
    return endpoint->whom == FOR_MODERATORS || endpoint->whom == FOR_OPERATORS ||
           endpoint->whom == FOR_OPERATORS_PLACES;
}

/* If the token is a JWT, checks it; Redis is not asked then. Returns false if it is not valid for
 * the user. */
static bool
handle_jwt(struct handling *h)
{
    struct exchange *ex = &h->ex;

    if (ex->token.len == 0 || !login_is_jwt(ex->login, ex->token)) {
        return true;
    }
    if (!login_check_jwt(ex->login, ex->token, ex->request->user, &h->claims)) {
        return false;
    }
    ex->claims = &h->claims;
    ex->token = str_make("", 0);
    return true;
}

/* Shows the request to the site's module. Returns false if that refuses; the response says so. */
static bool
handle_intercept(struct handling *h)
{
    h->seen.user = h->who.user;
    return login_intercept(h->ex.login, &h->seen, h->ex.response);
}

/* Reads in the next way who it is from; a module is to see each user. Returns false if there is no
 * other way or if the module refuses; the response says so. */
static bool
handle_next_identity(struct handling *h)
{
    if (!identity_next(&h->who)) {
        response_say(h->ex.response, CODE_NOT_LOGGED_IN, "请登录后访问");
        return false;
    }
    h->ex.token = h->who.token;
    return handle_intercept(h);
}

/* Is the path open, or is there a user whose login can be checked? If not, the response says so. */
static bool
handle_identity(struct handling *h, bool open)
{
    if (!handle_intercept(h)) {
        return false;
    }
    if (open) {
        return true;
    }
    if (h->who.token.len == 0) {
        response_say(h->ex.response, CODE_NOT_LOGGED_IN, "请登录后访问");
        return false;
    }
    h->ex.token = h->who.token;
    return id_valid(h->who.user) || handle_next_identity(h);
}

/* The same for what only operators and moderators may do. Redis knows who is a moderator. */
static bool
handle_actor(struct handling *h, enum endpoint_for whom)
{
    struct exchange *ex = &h->ex;

    if (h->seen.operator_name.len > 0) {
        ex->operator_name = h->seen.operator_name;
        return true;
    }
    if (h->seen.admin_token.len > 0) {
        return handle_intercept(h) && operator_enter(ex);
    }
    if (!handle_identity(h, false)) {
        return false;
    }
    if (whom == FOR_OPERATORS) {
        exchange_fault(ex, CODE_NOT_ALLOWED, "不允许 (not allowed: this is for operators)");
    }
    return true;
}

static bool
handle_who(struct handling *h, const struct endpoint *endpoint)
{
    if (endpoint->whom == FOR_OPERATORS_PLACES) {
        return handle_intercept(h) && operator_may_come(&h->ex);
    }
    if (handle_is_for_admins(endpoint)) {
        return handle_actor(h, endpoint->whom);
    }
    if (endpoint->whom == FOR_ANYBODY) {
        return handle_intercept(h);
    }
    return handle_identity(h, router_lists(h->ex.config->http.open, endpoint));
}

static void
handle_endpoint(const struct api *api, const struct request *request,
                const struct endpoint *endpoint, struct response *response)
{
    struct argv argv;
    struct form form;
    struct handling h = {
        .ex = {.config = api->config,
               .store = api->store,
               .login = api->login,
               .words = api->words,
               .review = api->review,
               .request = &h.seen,
               .token = str_make("", 0),
               .argv = &argv,
               .response = response},
        .seen = *request,
    };

    h.seen.path = str_of(endpoint->path); /* one more slash is to get nobody past a module */
    identity_read(&h.who, request->user, request->token);
    argv_init(&argv);
    if (handle_who(&h, endpoint)) {
        handle_read_form(&h.ex, &form);
        do {
            h.ex.not_logged_in = !handle_jwt(&h);
            if (!h.ex.not_logged_in) {
                handle_exchange(&h.ex, endpoint);
            }
        } while (h.ex.not_logged_in && handle_next_identity(&h));
        jwt_claims_fini(&h.claims);
        form_fini(&form);
    }
    argv_fini(&argv);
}

static void
handle_route(const struct api *api, const struct request *request, struct response *response)
{
    const struct endpoint *endpoint;
    int refusal = router_find(endpoint_table, request->method, request->path, &endpoint);

    if (refusal != 404 && handle_is_for_admins(endpoint) &&
        !operator_is_possible(api->config, request)) {
        refusal = 404;
    }
    if (refusal != 204) {
        cors_add(&response->headers, api->config->http.origins, request->origin);
    }
    switch (refusal) {
    case 204:
        cors_add_preflight(&response->headers, api->config->http.origins, request->origin,
                           router_allow(endpoint), request->asked_headers);
        response->status = 204;
        response_header(response, "Allow", router_allow(endpoint));
        return;
    case 404:
        response_say(response, 404, "路径不存在 (no such path)");
        return;
    case 405:
        response_header(response, "Allow", router_allow(endpoint));
        response_say(response, 405, "方法不允许 (wrong method)");
        return;
    default:
        if (rates_take(api->rates, request->client)) {
            handle_endpoint(api, request, endpoint, response);
            rates_charge(api->rates, request->client, request->body.len + response->body.len);
        } else {
            response_header(response, "Retry-After", "1");
            response_say(response, 429, "请求过于频繁 (too many requests of this address)");
        }
    }
}

void
handle(const struct api *api, const struct request *request, struct response *response)
{
    int64_t began = clock_ms();

    handle_route(api, request, response);
    log_debug("request method=%s path=%s client=%s status=%d ms=%lld",
              log_quote(request->method).text, log_quote(request->path).text,
              log_quote(request->client).text, response->status, (long long)(clock_ms() - began));
}

bool
handle_check_open(const struct config *config)
{
    const char *rest = config->http.open;
    const struct endpoint *found;
    struct str word;
    bool ok = true;

    while ((word = wordlist_next(&rest)).len > 0) {
        if (router_find(endpoint_table, str_of("OPTIONS"), word, &found) == 404) {
            log_error("http.open path=%s reason=\"there is no such path\"", log_quote(word).text);
            ok = false;
        } else if (handle_is_for_admins(found)) {
            log_error("http.open path=%s reason=\"it is for operators and moderators\"",
                      log_quote(word).text);
            ok = false;
        }
    }
    return ok;
}
