/* a_store.h - a store of a test, with a Redis that awaits certain commands. */
#ifndef TESTS_UNIT_API_STORE_A_STORE_H
#define TESTS_UNIT_API_STORE_A_STORE_H

#include "fcgi-api/store/store.h"
#include "lib/redis/commands.h"
#include "tests/unit/fcgi-api/fake_redis.h"

enum kind {
    PLAIN, /* a SET */
    SCRIPT /* an EVALSHA */
};

/* A Redis that awaits these commands, and the store that asks it. */
struct stage {
    struct fake_redis redis;
    struct store *store;
};

/* The end of the steps. */
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, false                                                                          \
    }

static inline void
stage_begin(struct stage *t, const struct fake_step *steps)
{
    fake_redis_start(&t->redis, steps);
    t->store = store_create(&t->redis.config);
}

/* Returns how many connections the store has made. */
static inline int
stage_end(struct stage *t)
{
    store_destroy(t->store);
    return fake_redis_stop(&t->redis);
}

/* Sends a command, and compares the result and the integer reply (0 if there is none). */
static inline void
ask(struct stage *t, enum kind kind, enum store_repeat repeat, enum store_result wanted,
    int64_t answer)
{
    const struct reply *reply = NULL;
    struct argv c;

    argv_init(&c);
    if (kind == PLAIN) {
        argv_add_str(&c, "SET");
        argv_add_str(&c, "login:u");
        argv_add_str(&c, "secret-token");
    } else {
        cmd_check_login(&c, &t->redis.config, str_of("u"), str_of("secret-token"));
    }
    assert_int_equal(store_ask(t->store, &c, repeat, &reply), wanted);
    assert_true(reply_int(reply) == answer);
    argv_fini(&c);
}

#endif
