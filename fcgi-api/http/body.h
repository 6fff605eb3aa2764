/* body.h - reads the body of a request to its end, and keeps the beginning. */
#ifndef API_HTTP_BODY_H
#define API_HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/text.h"

/* Reads the next bytes of a body, at most so many. Returns 0 at its end, < 0 if it broke off. */
typedef ssize_t body_source(void *arg, char *to, size_t most);

/* Adds the first keep bytes to body, and drops the rest: if that were left unread, the web server
 * would report an error of fastim-api. Returns false if the body broke off. */
bool body_read(struct text *body, size_t keep, body_source *source, void *arg);

/* The same from standard input, for a CGI. If a client goes away, the web server just closes
 * that: so an end before content_length bytes means that the body broke off. A length that is no
 * number is ignored, and so is one that is too low. */
bool body_read_stdin(struct text *body, size_t keep, struct str content_length);

#endif
