/* login.h - which users may log in (login.method), and which requests may go on (login.module). */
#ifndef API_LOGIN_LOGIN_H
#define API_LOGIN_LOGIN_H

#include <stdbool.h>

#include "fcgi-api/http/request.h"
#include "fcgi-api/http/response.h"
#include "lib/config/config.h"
#include "lib/jwt/jwt.h"
#include "lib/str.h"
#include "lib/text.h"

struct login;

enum login_answer {
    LOGIN_REFUSED,
    LOGIN_GRANTED,
    LOGIN_UNAVAILABLE, /* this cannot be decided now: 503 */
    LOGIN_BROKEN,      /* the site's module breaks its contract: 500 */
    LOGIN_ANSWER__MAX
};

/* Opens the password file, the module and the key that the settings name. Keeps pointers into
 * config. Returns NULL, and logs why, if one cannot be used. */
struct login *login_create(const struct config *config);
void login_destroy(struct login *l); /* NULL is fine */

/* Can a login fail, so that failures must be counted? */
bool login_can_fail(const struct login *l);

/* May this user have a token? If so, adds the client's `data` to data, as JSON. Adds to id, which
 * is empty, the id that a module has for the user, if it says one. user must be a valid id; the
 * password may be empty, and never gets into a log. */
enum login_answer login_check(struct login *l, const struct request *request, struct str user,
                              struct str password, struct text *data, struct text *id);

/* Is this token a JWT? Not while login.jwtKey is empty. */
bool login_is_jwt(const struct login *l, struct str token);

/* Is such a token one of this user's? If so, fills in claims; else zeroes them. */
bool login_check_jwt(const struct login *l, struct str token, struct str user,
                     struct jwt_claims *claims);

/* May the request go on? If not, fills in response. */
bool login_intercept(struct login *l, const struct request *request, struct response *response);

#endif
