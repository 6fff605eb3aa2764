/* body.h - the body of a request, read to its end, however much of it is kept. */
#ifndef API_HTTP_BODY_H
#define API_HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/text.h"

/* The next bytes of a body, at most so many; 0: its end; negative: it broke off. */
typedef ssize_t body_source(void *arg, char *to, size_t most);

/* Also what is too much is read, or the web server would call it a failure of ours: the first keep bytes are
 * added to body, the rest is dropped. False: it broke off. */
bool body_read(struct text *body, size_t keep, body_source *source, void *arg);

/* The same from standard input, as a CGI has it. A web server whose client goes away just closes that, so an end
 * before content_length bytes is none; but a length that is no number is not believed, nor is one by which a body is
 * shorter than it is. */
bool body_read_stdin(struct text *body, size_t keep, struct str content_length);

#endif
