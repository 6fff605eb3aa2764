/* login.c - who may log in: everybody, as in fast-im. */
#include "fcgi-api/login.h"

bool
login_allowed(const struct config *config, struct str user, struct str password,
              struct str *user_info)
{
    (void)config;
    (void)user;
    (void)password;
    *user_info = str_of("user_info");
    return true;
}
