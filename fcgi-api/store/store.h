/* store.h - Redis, asked and waited for: one connection, kept between requests. */
#ifndef API_STORE_STORE_H
#define API_STORE_STORE_H

#include "lib/redis/argv.h"
#include "lib/config/config.h"
#include "lib/redis/resp.h"

struct store;

enum store_result {
    STORE_OK,
    STORE_UNREACHABLE, /* or it says that it cannot now: 503. Whether it was carried out is not known */
    STORE_FAULT,       /* it refuses for good, as for a key of the wrong type: 500 */
    STORE_RESULT__MAX
};

/* What to do where a kept connection breaks, and whether the command was carried out is not known. */
enum store_repeat {
    STORE_REPEAT, /* ask once more: it answers the same the second time */
    STORE_ONCE,
    STORE_REPEAT__MAX
};

/* Connects at the first command. */
struct store *store_create(const struct config *config);
void store_destroy(struct store *s); /* NULL is fine */

/* Carries out the command (which may be turned from EVALSHA into EVAL), in two round trips at the most.
 * All in all it takes at most redis.timeoutMs, and a little. *reply lives until the next call. Failures
 * are logged, each cause once. */
enum store_result store_ask(struct store *s, struct argv *argv, enum store_repeat repeat,
                            const struct reply **reply);

#endif
