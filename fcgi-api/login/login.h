/* login.h - who may log in, and which requests go on: the site's choice, login.method. */
#ifndef API_LOGIN_LOGIN_H
#define API_LOGIN_LOGIN_H

#include <stdbool.h>

#include "fcgi-api/http/request.h"
#include "fcgi-api/http/response.h"
#include "lib/config/config.h"
#include "lib/str.h"
#include "lib/text.h"

struct login;

enum login_answer {
    LOGIN_REFUSED,
    LOGIN_GRANTED,
    LOGIN_UNAVAILABLE, /* it cannot be told now: 503 */
    LOGIN_BROKEN,      /* the site's module does not keep to its contract: 500 */
    LOGIN_ANSWER__MAX
};

/* NULL: what the settings name cannot be used; why was logged. */
struct login *login_create(const struct config *config);
void login_destroy(struct login *l); /* NULL is fine */

/* Can a login fail, so that failures are to be counted? */
bool login_can_fail(const struct login *l);

/* May this user have a token? If so adds what the client gets as `data`, as JSON, to data. The user is a valid
 * id; the password may be empty and must not reach a log. */
enum login_answer login_check(struct login *l, const struct request *request, struct str user,
                              struct str password, struct text *data);

/* May the request go on? If not, says why in response. */
bool login_intercept(struct login *l, const struct request *request, struct response *response);

#endif
