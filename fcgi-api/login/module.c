/* module.c - loads and calls the site's module; the only file that knows dlopen(3). */
#include "fcgi-api/login/module.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi-api/login/trust.h"
#include "lib/log.h"
#include "lib/mem.h"

typedef int login_function(const char *user, const char *password, struct fastim_user_info *info);
typedef int intercept_function(const struct fastim_request *request,
                               struct fastim_refusal *refusal);

struct module {
    void *handle;
    login_function *login;
    intercept_function *intercept;
};

static bool
module_fail(const char *path, const char *why)
{
    log_error("login-module file=%s reason=%s", log_quote(str_of(path)).text,
              log_quote(str_of(why)).text);
    return false;
}

/* Sets a pointer to the function of that name, or to NULL. POSIX lets dlsym() return a function;
 * ISO C has no cast for that, so it is copied. */
static void
module_find(struct module *m, const char *name, void *pointer)
{
    void *found = dlsym(m->handle, name);

    memcpy(pointer, &found, sizeof(found));
}

static bool
module_load(struct module *m, const char *path, bool must_have_login)
{
    const char *why = trust_code(path);
    const int *version;

    if (why != NULL) {
        return module_fail(path, why);
    }
    m->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (m->handle == NULL) {
        return module_fail(path, dlerror());
    }
    version = dlsym(m->handle, "fastim_module_version");
    if (version == NULL) {
        return module_fail(path, "it has no fastim_module_version: FASTIM_MODULE is missing");
    }
    if (*version < 1 || *version > FASTIM_MODULE_VERSION) { /* one of version 1 leaves id NULL */
        return module_fail(path, "it was made for another version of fastim_module.h");
    }
    module_find(m, "fastim_login", &m->login);
    module_find(m, "fastim_intercept", &m->intercept);
    if (m->login == NULL && must_have_login) {
        return module_fail(path, "it has no fastim_login, and login.method is module");
    }
    return true;
}

struct module *
module_open(const char *path, bool must_have_login)
{
    struct module *m = mem_zalloc(sizeof(*m));

    if (!module_load(m, path, must_have_login)) {
        module_close(m);
        return NULL;
    }
    return m;
}

void
module_close(struct module *m)
{
    if (m == NULL) {
        return;
    }
    if (m->handle != NULL) {
        dlclose(m->handle);
    }
    free(m);
}

static enum fastim_answer
module_answer(int said)
{
    return said == FASTIM_YES || said == FASTIM_NO ? (enum fastim_answer)said : FASTIM_UNKNOWN;
}

enum fastim_answer
module_login(struct module *m, const char *user, const char *password,
             struct fastim_user_info *info)
{
    *info = (struct fastim_user_info){NULL, NULL, NULL};
    return module_answer(m->login(user, password, info));
}

enum fastim_answer
module_intercept(struct module *m, const struct fastim_request *request,
                 struct fastim_refusal *refusal)
{
    *refusal = (struct fastim_refusal){0, NULL};
    return m->intercept == NULL ? FASTIM_YES : module_answer(m->intercept(request, refusal));
}
