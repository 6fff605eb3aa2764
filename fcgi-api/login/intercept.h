/* intercept.h - shows a request to the site's module, which may refuse it. */
#ifndef API_LOGIN_INTERCEPT_H
#define API_LOGIN_INTERCEPT_H

#include <stdbool.h>

#include "fcgi-api/login/module.h"
#include "fcgi-api/http/request.h"
#include "fcgi-api/http/response.h"

/* May the request go on? If not, fills in response with the module's answer. */
bool intercept(struct module *module, const struct request *request, struct response *response);

#endif
