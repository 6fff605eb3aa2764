/* request.h - an HTTP request, as any web server hands it to us by CGI variables (RFC 3875). */
#ifndef API_HTTP_REQUEST_H
#define API_HTTP_REQUEST_H

#include <stdbool.h>

#include "lib/str.h"

enum {
    BODY_MAX_BYTES = 1 << 20
};

/* One of the request's variables; NULL: it is not set. */
typedef const char *request_variable(void *arg, const char *name);

/* Strings belong to whoever accepted the request. Absent and empty are the same. */
struct request {
    struct str method;
    struct str path; /* decoded, without the query */
    struct str query;
    struct str content_type;
    struct str content_length; /* as the web server says: not to be relied on */
    struct str origin;
    struct str user; /* of the headers userId and token, without blanks around them */
    struct str token;
    struct str client;      /* the client's address, as the web server says */
    struct str remote_user; /* whom the web server has authenticated, if it does that */
    struct str body;        /* the first BODY_MAX_BYTES of it */
    bool body_too_large;    /* there was more */
    request_variable *variable;
    void *variable_arg;
};

/* Reads the variables. The body is left empty. */
void request_read(struct request *r, request_variable *get, void *arg);

/* As a CGI, whose input may be a terminal, only a request that says it has a body is asked for it. How long it is
 * it need not say. */
bool request_announces_body(const struct request *r);

#endif
