/* handle.h - a request becomes a response. */
#ifndef API_HANDLE_H
#define API_HANDLE_H

#include <stdbool.h>

#include "fcgi-api/http/rates.h"
#include "fcgi-api/http/request.h"
#include "fcgi-api/http/response.h"
#include "fcgi-api/login/login.h"
#include "fcgi-api/review/review.h"
#include "fcgi-api/store/store.h"
#include "fcgi-api/words/words.h"
#include "lib/config/config.h"

/* What all requests of a process share. Whoever makes it owns what it points to. */
struct api {
    const struct config *config;
    struct store *store;
    struct login *login;   /* NULL: all requests are the program's own (request.operator_name) */
    struct words *words;   /* NULL: there is no filter */
    struct review *review; /* NULL: the site is not asked */
    struct rates *rates;   /* NULL: no limit */
};

/* Fills in response, which is fresh from response_init(). */
void handle(const struct api *api, const struct request *request, struct response *response);

/* Does each path in http.open exist, and may it be open? If not, that was logged. */
bool handle_check_open(const struct config *config);

#endif
