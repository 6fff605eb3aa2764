/* store.h - Redis, asked and waited for: one connection, kept between requests. */
#ifndef API_STORE_H
#define API_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/command.h"
#include "lib/config.h"
#include "lib/str.h"

struct store;

enum reply_type {
    REPLY_NULL,
    REPLY_INT,
    REPLY_TEXT,
    REPLY_LIST,
    REPLY_TYPE__MAX
};

struct reply;

enum reply_type reply_type(const struct reply *r);
int64_t reply_int(const struct reply *r);     /* 0 if it is no integer */
struct str reply_text(const struct reply *r); /* empty if it is no text */
size_t reply_count(const struct reply *r);    /* 0 if it is no list */
const struct reply *reply_at(const struct reply *r, size_t i);

enum store_result {
    STORE_OK,
    STORE_UNREACHABLE, /* or it says that it cannot now: 503. Whether it was carried out is not known */
    STORE_FAULT,       /* it refuses for good, as for a key of the wrong type: 500 */
    STORE_RESULT__MAX
};

/* Connects at the first command. */
struct store *store_create(const struct config *config);
void store_destroy(struct store *s); /* NULL is fine */

/* Carries out the command (which may be turned from EVALSHA into EVAL). All in all it takes at most
 * redis.timeoutMs, and a little. *reply lives until the next call. Failures are logged. */
enum store_result store_ask(struct store *s, struct command *command, const struct reply **reply);

#endif
