/* login.c - which users may log in, by login.method. */
#include "fcgi-api/login/login.h"

#include <stdlib.h>

#include "fcgi-api/login/htpasswd.h"
#include "fcgi-api/login/intercept.h"
#include "fcgi-api/login/module.h"
#include "lib/clock.h"
#include "lib/ids.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/utf8.h"

enum {
    PASSWORD_MAX_BYTES = 1024 /* some hashes go over the password thousands of times */
};

struct login {
    enum config_login_method method;
    struct htpasswd *htpasswd;
    struct module *module;   /* may be there with any method: it may intercept requests */
    struct jwt_key *jwt_key; /* NULL: there are no JWTs */
};

static bool
login_open_jwt_key(struct login *l, const char *setting)
{
    char why[200];

    if (*setting != '\0') {
        l->jwt_key = jwt_key_create(setting, why, sizeof(why));
        if (l->jwt_key == NULL) { /* the file has changed since the settings were read */
            log_error("login.jwtKey reason=\"it %s\"", why);
            return false;
        }
    }
    return true;
}

struct login *
login_create(const struct config *config)
{
    struct login *l = mem_zalloc(sizeof(*l));
    bool ok = true;

    l->method = (enum config_login_method)config->login.method;
    if (l->method == LOGIN_HTPASSWD) {
        l->htpasswd = htpasswd_open(config->login.htpasswd);
        ok = l->htpasswd != NULL;
    }
    if (ok && *config->login.module != '\0') {
        l->module = module_open(config->login.module, l->method == LOGIN_MODULE);
        ok = l->module != NULL;
    }
    if (!ok || !login_open_jwt_key(l, config->login.jwt_key)) {
        login_destroy(l);
        return NULL;
    }
    return l;
}

void
login_destroy(struct login *l)
{
    if (l != NULL) {
        htpasswd_close(l->htpasswd);
        module_close(l->module);
        jwt_key_destroy(l->jwt_key);
        free(l);
    }
}

bool
login_can_fail(const struct login *l)
{
    return l->method != LOGIN_OPEN;
}

/* ---- the methods ---- */

static enum login_answer
login_grant(struct text *data, const char *user_info)
{
    text_add_json(data, str_of(user_info));
    return LOGIN_GRANTED;
}

static enum login_answer
login_check_htpasswd(struct login *l, struct str user, const char *password, struct text *data)
{
    switch (htpasswd_check(l->htpasswd, user, password)) {
    case HTPASSWD_RIGHT:
        return login_grant(data, "user_info");
    case HTPASSWD_UNREADABLE:
        return LOGIN_UNAVAILABLE;
    case HTPASSWD_WRONG:
    case HTPASSWD_ANSWER__MAX:
        break;
    }
    return LOGIN_REFUSED;
}

static enum login_answer
login_take_user_info(const struct fastim_user_info *info, struct text *data)
{
    const char *text = info->text != NULL ? info->text : "user_info";

    if (info->json != NULL ? !json_is_valid(info->json) : !utf8_valid(str_of(text))) {
        log_error("login-module reason=\"its user_info is not %s\"",
                  info->json != NULL ? "JSON" : "UTF-8");
        return LOGIN_BROKEN;
    }
    if (info->json == NULL) {
        return login_grant(data, text);
    }
    text_add_str(data, info->json);
    return LOGIN_GRANTED;
}

static enum login_answer
login_check_module(struct login *l, struct str user, const char *password, struct text *data,
                   struct text *id)
{
    struct fastim_user_info info;
    char *name = mem_dup(user.p, user.len);
    enum fastim_answer answer = module_login(l->module, name, password, &info);

    if (info.id != NULL && !id_valid(str_of(info.id))) {
        log_error("login-module reason=\"its id is not valid\"");
        free(name);
        return LOGIN_BROKEN;
    }
    text_add_str(id, info.id != NULL ? info.id : "");
    free(name); /* not before: the module may have returned it */
    switch (answer) {
    case FASTIM_YES:
        return login_take_user_info(&info, data);
    case FASTIM_NO:
        return LOGIN_REFUSED;
    case FASTIM_UNKNOWN:
        break;
    }
    return LOGIN_UNAVAILABLE;
}

static enum login_answer
login_check_password(struct login *l, struct str user, struct str password, struct text *data,
                     struct text *id)
{
    char *terminated;
    enum login_answer answer;

    if (password.len > PASSWORD_MAX_BYTES ||
        (password.len > 0 && memchr(password.p, '\0', password.len) != NULL)) {
        return LOGIN_REFUSED; /* in C a password would end at the NUL */
    }
    terminated = mem_dup(password.p, password.len);
    answer = l->method == LOGIN_HTPASSWD ? login_check_htpasswd(l, user, terminated, data)
                                         : login_check_module(l, user, terminated, data, id);
    explicit_bzero(terminated, password.len);
    free(terminated);
    return answer;
}

enum login_answer
login_check(struct login *l, const struct request *request, struct str user, struct str password,
            struct text *data, struct text *id)
{
    switch (l->method) {
    case LOGIN_OPEN:
        return login_grant(data, "user_info");
    case LOGIN_REMOTE_USER:
        return request->remote_user.len > 0 && str_equal(request->remote_user, user)
                   ? login_grant(data, "user_info")
                   : LOGIN_REFUSED;
    case LOGIN_HTPASSWD:
    case LOGIN_MODULE:
        return login_check_password(l, user, password, data, id);
    case LOGIN_METHOD__MAX:
        break;
    }
    return LOGIN_REFUSED;
}

/* ---- JWTs ---- */

bool
login_is_jwt(const struct login *l, struct str token)
{
    return l->jwt_key != NULL && jwt_has_form(token);
}

bool
login_check_jwt(const struct login *l, struct str token, struct str user, struct jwt_claims *claims)
{
    enum jwt_verdict verdict = jwt_check(l->jwt_key, token, user, clock_unix_ms(), claims);

    if (verdict != JWT_OK) {
        log_debug("jwt-refused user=%s reason=\"%s\"", log_quote(user).text,
                  jwt_verdict_text(verdict));
    }
    return verdict == JWT_OK;
}

bool
login_intercept(struct login *l, const struct request *request, struct response *response)
{
    return l->module == NULL || intercept(l->module, request, response);
}
