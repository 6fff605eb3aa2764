/* handle.h - a request becomes a response: all that is the same for every endpoint. */
#ifndef API_HANDLE_H
#define API_HANDLE_H

#include "fcgi-api/request.h"
#include "fcgi-api/response.h"
#include "fcgi-api/store.h"
#include "lib/config.h"

void handle(const struct config *config, struct store *store, const struct request *request,
            struct response *response);

#endif
