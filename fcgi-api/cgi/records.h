/* records.h - FastCGI as a web server speaks it: one request into bytes, its answer out of bytes.
 *
 * FastCGI Specification 1.0, sections 3.3 (records), 3.4 (name-value pairs), 5 (their types). A connection has one
 * request, of number 1, and the application closes it after the answer. */
#ifndef API_CGI_RECORDS_H
#define API_CGI_RECORDS_H

#include <stddef.h>

#include "lib/text.h"

/* Adds a whole request: variables as environ(7) has them ("NAME=value", NULL behind the last), and the body. */
void records_add_request(struct text *out, char *const *variables, struct str body);

enum answer_state {
    ANSWER_MORE,  /* there is more to come */
    ANSWER_DONE,  /* it is whole */
    ANSWER_WRONG, /* what came is no answer, or says that the request was refused */
    ANSWER_STATE__MAX
};

/* What has been read of an answer; begins as zeros. */
struct answer {
    unsigned char header[8]; /* of the record that is being read */
    size_t header_have;
    size_t content_left; /* bytes of it that are still to come */
    size_t padding_left;
    unsigned char end[8]; /* the content of FCGI_END_REQUEST */
    size_t end_have;
};

/* Takes the next bytes, in pieces of any size: adds to out what the application has written as its output, and to
 * errors what it has written as its errors. To be called until it says something else than ANSWER_MORE. */
enum answer_state answer_take(struct answer *a, struct str bytes, struct text *out,
                              struct text *errors);

#endif
