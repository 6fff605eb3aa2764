/* records.h - FastCGI from the web server's side: writes one request, reads its answer.
 *
 * FastCGI Specification 1.0, sections 3.3 (records), 3.4 (name-value pairs), 5 (types of
 * records). A connection has one request, number 1; the application closes it after the answer. */
#ifndef API_CGI_RECORDS_H
#define API_CGI_RECORDS_H

#include <stddef.h>

#include "lib/text.h"

/* Adds a whole request: the variables in the form of environ(7), and the body. */
void records_add_request(struct text *out, char *const *variables, struct str body);

enum answer_state {
    ANSWER_MORE,  /* more is to come */
    ANSWER_DONE,  /* it is complete */
    ANSWER_WRONG, /* the bytes are no answer, or the application has refused the request */
    ANSWER_STATE__MAX
};

/* How far an answer was read; all zero at the beginning. */
struct answer {
    unsigned char header[8]; /* of the current record */
    size_t header_have;
    size_t content_left; /* bytes of the record that are still to come */
    size_t padding_left;
    unsigned char end[8]; /* the content of FCGI_END_REQUEST */
    size_t end_have;
};

/* Takes the next bytes, in pieces of any size. Adds the application's output to out, and its errors
 * to errors. Call it as long as it returns ANSWER_MORE. */
enum answer_state answer_take(struct answer *a, struct str bytes, struct text *out,
                              struct text *errors);

#endif
