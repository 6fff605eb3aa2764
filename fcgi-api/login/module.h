/* module.h - loads and calls the site's module, a shared object: see fastim_module.h. */
#ifndef API_LOGIN_MODULE_H
#define API_LOGIN_MODULE_H

#include <stdbool.h>

#include "fcgi-api/login/fastim_module.h"

struct module;

/* Loads it. Returns NULL, and logs why, if it cannot be used. */
struct module *module_open(const char *path, bool must_have_login);
void module_close(struct module *m); /* NULL is fine */

enum fastim_answer module_login(struct module *m, const char *user, const char *password,
                                struct fastim_user_info *info);
/* FASTIM_YES if the module has no fastim_intercept(). */
enum fastim_answer module_intercept(struct module *m, const struct fastim_request *request,
                                    struct fastim_refusal *refusal);

#endif
