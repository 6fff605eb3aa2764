/* standing.h - who says that a user is the one that it says. */
#ifndef LIB_REDIS_STANDING_H
#define LIB_REDIS_STANDING_H

#include <stdbool.h>

#include "lib/config/config.h"
#include "lib/jwt/jwt.h"

/* Roles are held by verified users alone. */
enum cmd_standing {
    CMD_UNVERIFIED, /* nobody: anybody may come as this user */
    CMD_VERIFIED,   /* its login; Redis knows its role */
    CMD_JWT_MOD,    /* a JWT, which gives it the role besides */
    CMD_JWT_VIP,
    CMD_OPERATOR, /* append: no rule holds */
    CMD_STANDING__MAX
};

/* Roles need im.group.loginAuth, and a JWT or a login that not everybody passes. */
static inline enum cmd_standing
standing_of(const struct config *config, bool has_jwt, enum jwt_role role)
{
    if (!config->group.login_auth || (!has_jwt && config->login.method == LOGIN_OPEN)) {
        return CMD_UNVERIFIED;
    }
    if (has_jwt && role == JWT_MOD) {
        return CMD_JWT_MOD;
    }
    return has_jwt && role == JWT_VIP ? CMD_JWT_VIP : CMD_VERIFIED;
}

#endif
