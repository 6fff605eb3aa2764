/* replies.h - bytes as if Redis had sent them. */
#ifndef TESTS_FUZZ_REPLIES_H
#define TESTS_FUZZ_REPLIES_H

#include <ctype.h>
#include <hiredis/hiredis.h>
#include <sys/socket.h>

#include "lib/redis/resp.h"
#include "tests/fuzz/fuzz.h"

/* hiredis makes room for as many elements as are announced; Redis is trusted not to lie about that.
 */
static inline bool
replies_are_affordable(struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        size_t digits = 0;

        while (bytes.p[i] == '*' && i + 1 + digits < bytes.len && bytes.p[i + 1 + digits] != '\r') {
            digits++;
        }
        if (digits > 4) {
            return false;
        }
    }
    return true;
}

/* A connection on which these bytes have come, and then its end. */
static inline struct resp *
replies_open(struct str bytes)
{
    redisContext *c;
    int fds[2];

    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    CHECK(send(fds[1], bytes.len > 0 ? bytes.p : "", bytes.len, MSG_NOSIGNAL) ==
          (ssize_t)bytes.len);
    close(fds[1]);
    c = redisConnectFd(fds[0]);
    CHECK(c != NULL);
    return (struct resp *)c;
}

/* The next one, to be freed; NULL: there is no more, or it is no reply. */
static inline struct reply *
replies_next(struct resp *r)
{
    struct reply *reply = NULL;
    bool more;

    while (resp_next(r, &reply) && reply == NULL) {
        if (!resp_receive(r, &more)) {
            return NULL;
        }
    }
    return reply;
}

#endif
