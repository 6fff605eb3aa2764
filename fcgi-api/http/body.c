/* body.c - reads the body of a request. */
#include "fcgi-api/http/body.h"

#include <errno.h>
#include <unistd.h>

bool
body_read(struct text *body, size_t keep, body_source *source, void *arg)
{
    char piece[16384];
    ssize_t n;

    while ((n = source(arg, piece, sizeof(piece))) > 0) {
        size_t fits = keep > body->len ? keep - body->len : 0;

        text_add(body, piece, (size_t)n < fits ? (size_t)n : fits);
    }
    return n == 0;
}

static ssize_t
body_from_stdin(void *unused, char *to, size_t most)
{
    ssize_t n;

    (void)unused;
    do {
        n = read(STDIN_FILENO, to, most);
    } while (n < 0 && errno == EINTR);
    return n;
}

/* Is length a number above n? Not by number_parse(): here a number of any length is one. */
static bool
body_length_exceeds(struct str number, size_t n)
{
    size_t value = 0;

    for (size_t i = 0; i < number.len; i++) {
        if (number.p[i] < '0' || number.p[i] > '9') {
            return false;
        }
        if (value <= n) { /* else the answer is known, and more digits might overflow */
            value = value * 10 + (size_t)(number.p[i] - '0');
        }
    }
    return value > n;
}

bool
body_read_stdin(struct text *body, size_t keep, struct str content_length)
{
    return body_read(body, keep, body_from_stdin, NULL) &&
           (body->len == keep || !body_length_exceeds(content_length, body->len));
}
