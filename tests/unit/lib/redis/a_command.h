/* a_command.h - a command of Redis, held word by word against what it is to be, and against the
 * head of its script. */
#ifndef TESTS_UNIT_LIB_A_COMMAND_H
#define TESTS_UNIT_LIB_A_COMMAND_H

#include <stdio.h>
#include <string.h>

#include "lib/redis/commands.h"
#include "tests/unit/unit.h"

static struct argv c;

/* Settings that no default has, so that a word from the wrong one is seen. */
static const struct config config = {
    .login = {.method = LOGIN_HTPASSWD, .max_failures = 7, .failure_window_s = 60},
    .redis = {.prefix = "p:", .cluster = "", .username = "", .password = "s3cret", .database = 7},
    .group = {.auto_join = true, .max_per_user = 1000},
    .presence = {.names = 77, .interval_s = 8},
    .resume = {.max = 444},
    .room = {.slow = 5, .cap = 6},
    .message = {.list_num = 20, .timeout_s = 111, .max_count = 222, .recall_time_limit_s = 333},
};

static inline int
set_up(void **state)
{
    (void)state;
    argv_init(&c);
    argv_add_str(&c, "left over"); /* each call has to clear it */
    return 0;
}

static inline int
tear_down(void **state)
{
    (void)state;
    argv_fini(&c);
    return 0;
}

/* The words from the given one on. */
static inline void
assert_words(size_t from, const char *const *wanted)
{
    size_t n = 0;

    while (wanted[n] != NULL) {
        assert_true(from + n < c.count);
        assert_bytes(argv_word(&c, from + n), str_of(wanted[n]));
        n++;
    }
    assert_int_equal(c.count, from + n);
}
#define assert_command(...) assert_words(0, (const char *const[]){__VA_ARGS__, NULL})

/* How many the head of a script numbers in "-- KEYS  1 list, 2 last ts, ..." (lines that go on are
 * indented), so many it takes. */
static inline int
numbered(const char *body, const char *what)
{
    const char *p = strstr(body, what);
    int n = 0;

    if (p == NULL) {
        return 0;
    }
    p += strlen(what);
    do {
        const char *end = strchr(p, '\n');
        char next[16];

        for (; p < end; p++) {
            snprintf(next, sizeof(next), " %d ", n + 1);
            n += strncmp(p, next, strlen(next)) == 0;
        }
        p = end + 1;
    } while (strncmp(p, "--       ", 9) == 0);
    return n;
}

/* EVALSHA, the script, as many keys and arguments as its head numbers, and these they are. */
static inline void
assert_script_words(enum script_id script, const char *const *wanted)
{
    int keys = numbered(scripts[script].body, "-- KEYS ");
    int args = numbered(scripts[script].body, "-- ARGV ");
    char count[12];

    snprintf(count, sizeof(count), "%d", keys);
    assert_bytes(argv_word(&c, 0), str_of("EVALSHA"));
    assert_bytes(argv_word(&c, 1), str_of(scripts[script].sha1));
    assert_bytes(argv_word(&c, 2), str_of(count));
    assert_int_equal(c.count, 3 + keys + args);
    assert_words(3, wanted);
}
#define assert_script(script, ...)                                                                 \
    assert_script_words((script), (const char *const[]){__VA_ARGS__, NULL})

#endif
