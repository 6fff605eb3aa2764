/* response.h - what is answered: the envelope of fast-im, and the headers around it. */
#ifndef API_HTTP_RESPONSE_H
#define API_HTTP_RESPONSE_H

#include <stdbool.h>

#include "lib/str.h"
#include "lib/text.h"

/* Outcomes of the contract; other codes are HTTP's own. */
enum response_code {
    CODE_OK = 200,
    CODE_REFUSED = 100,
    CODE_NOT_LOGGED_IN = 440
};

/* All zero: nothing has been said yet. */
struct response {
    int status; /* of HTTP */
    struct text headers;
    struct text body;
};

void response_init(struct response *r);
void response_fini(struct response *r);

void response_header(struct response *r, const char *name, const char *value);

/* {"code":…,"msg":…,"data":…}, said once. data is JSON; empty means null. The status of HTTP is 200 for
 * 200, 100 and 440, else the code. */
void response_envelope(struct response *r, int code, struct str msg, struct str data);
void response_say(struct response *r, int code, const char *msg); /* data null */

/* Adds the whole as CGI wants it (RFC 3875, section 6.3): Status, headers, empty line, body. */
void response_write(const struct response *r, bool with_body, struct text *out);

#endif
