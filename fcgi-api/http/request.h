/* request.h - an HTTP request, in the CGI variables of any web server (RFC 3875). */
#ifndef API_HTTP_REQUEST_H
#define API_HTTP_REQUEST_H

#include <stdbool.h>

#include "lib/str.h"

enum {
    BODY_MAX_BYTES = 1 << 20 /* the contract's limit: 1 MiB */
};

/* Returns a variable of the request; NULL if it is not set. */
typedef const char *request_variable(void *arg, const char *name);

/* The strings belong to the caller of request_read(). An absent variable is an empty string. */
struct request {
    struct str method;
    struct str path; /* decoded, without the query */
    struct str query;
    struct str content_type;
    struct str content_encoding;
    struct str content_length; /* may be wrong: some web servers do not know it */
    struct str if_none_match;
    struct str origin;
    struct str asked_headers; /* of a preflight: the headers that the page is going to send */
    struct str user;          /* the header userId, without blanks around it */
    struct str token;         /* the header token, likewise */
    struct str admin_token;   /* the header adminToken, likewise */
    /* The name of the operator for whom this program itself makes the request: no token is wanted.
     * Empty: it came by HTTP. */
    struct str operator_name;
    struct str client;      /* the client's address, as the web server says */
    struct str remote_user; /* the user whom the web server has authenticated, if it does that */
    struct str body;        /* its first BODY_MAX_BYTES */
    bool body_too_large;    /* there was more */
    request_variable *variable;
    void *variable_arg;
};

/* Reads the variables, and keeps get and arg. Leaves the body empty. */
void request_read(struct request *r, request_variable *get, void *arg);

/* Does the request say that it has a body, of known length or not? If not, a CGI must not read its
 * standard input, which may be a terminal. */
bool request_announces_body(const struct request *r);

#endif
