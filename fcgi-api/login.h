/* login.h - who may log in. A site puts its own users behind this one function. */
#ifndef API_LOGIN_H
#define API_LOGIN_H

#include <stdbool.h>

#include "lib/config.h"
#include "lib/str.h"

/* May this user have a token? If so *user_info (UTF-8, kept by the callee) is what the client gets as
 * `data`. The user is a valid id; the password may be empty and must not reach a log. */
bool login_allowed(const struct config *config, struct str user, struct str password,
                   struct str *user_info);

#endif
