/* store.h - sends commands to Redis and waits for replies, on connections that are kept: one, or
 * one to each node of a cluster that was asked. */
#ifndef API_STORE_STORE_H
#define API_STORE_STORE_H

#include <stdbool.h>

#include "lib/cluster/place.h"
#include "lib/redis/argv.h"
#include "lib/config/config.h"
#include "lib/redis/resp.h"

struct store;

enum store_result {
    STORE_OK,
    /* No reply, or an error that will pass: 503. Redis may have carried out the command or not. */
    STORE_UNREACHABLE,
    STORE_FAULT, /* an error that will not pass, as for a key of the wrong type: 500 */
    STORE_RESULT__MAX
};

/* What to do if a kept connection breaks: Redis may have carried out the command or not. */
enum store_repeat {
    STORE_REPEAT, /* send it again: the second reply is the same */
    STORE_ONCE,   /* give up: a second time it would do something else */
    STORE_REPEAT__MAX
};

/* Connects at the first command. Keeps config, which must outlive it. */
struct store *store_create(const struct config *config);
void store_destroy(struct store *s); /* NULL is fine */

/* Sends the command and waits for its reply: at most two round trips, one more on a new connection,
 * and little more than redis.timeoutMs. May make an EVALSHA an EVAL. *reply lives until the next
 * call. Logs failures, each cause once.
 *
 * On a cluster it goes to the node of its slot, and on to where that sends it, in the same time.
 * Its steps go likewise; each one behind it has as much time of its own. */
enum store_result store_ask(struct store *s, struct argv *argv, enum store_repeat repeat,
                            const struct reply **reply);

/* On a cluster: where commands of that slot go, as far as is known: after one of them, or after a
 * failure, it is known better. Returns false without a cluster. */
bool store_place(struct store *s, int slot, struct place *place);

/* Sends WATCH, a command for one key. *changed: the key has changed since it was watched before, or
 * nobody knows, as that was never, or on another connection, or as Redis refuses to watch. Costs
 * Redis nothing, whatever the key holds. Another store_ask() may come in between. */
enum store_result store_watch(struct store *s, struct argv *watch, bool *changed);

#endif
