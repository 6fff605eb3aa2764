/* response.h - the response to a request: the envelope of fast-im, and the headers around it. */
#ifndef API_HTTP_RESPONSE_H
#define API_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"

/* The contract's own codes; others are HTTP's. */
enum response_code {
    CODE_OK = 200,
    CODE_REFUSED = 100,
    CODE_NOT_LOGGED_IN = 440,
    CODE_NOT_ALLOWED = 403
};

struct response {
    int status; /* HTTP's */
    struct text headers;
    struct text body;
    const char *cache; /* Cache-Control; NULL: nobody may keep it */
};

void response_init(struct response *r);
void response_fini(struct response *r);

void response_header(struct response *r, const char *name, const char *value);

/* Makes {"code":…,"msg":…,"data":…} the body; call it once. data is JSON; empty means null. HTTP's
 * status is 200 for the contract's own codes, else the code. */
void response_envelope(struct response *r, int code, struct str msg, struct str data);
void response_say(struct response *r, int code, const char *msg); /* data null */
void response_say_number(struct response *r, int code, const char *msg, int64_t data);

/* The same for data that is large, without a copy: open an envelope in a text, add data and
 * RESPONSE_ENVELOPE_END, then hand it over. The text is empty after that. */
void response_open_envelope(struct text *out, int code, struct str msg);
#define RESPONSE_ENVELOPE_END "}"
void response_take(struct response *r, int code, struct text *envelope);

/* Adds what stands before the body in CGI's form (RFC 3875, section 6.3): Status, headers, empty
 * line. */
void response_add_head(const struct response *r, struct text *out);

#endif
