/* fake_nodes.h - nodes/nodes.h and nodes/node.h without Redis: one node, which is the set itself.
 * The test answers each command, or loses its reply.
 *
 * Include it: the real ones are left out. */
#ifndef TESTS_UNIT_PUSHD_FAKE_NODES_H
#define TESTS_UNIT_PUSHD_FAKE_NODES_H

#include <stdlib.h>

#include "lib/scripts.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/nodes/node.h"
#include "push-daemon/nodes/nodes.h"
#include "tests/unit/push-daemon/replies.h"
#include "tests/unit/unit.h"

enum {
    FAKE_COMMANDS_MAX = 2000 /* ever sent in one test */
};

struct fake_command {
    struct argv argv;
    bool script; /* by nodes_send_script(): NOSCRIPT is not for the sender */
    reply_fn *fn;
    void *arg;
};

/* A struct of zeros is away. */
struct nodes {
    bool ready;
    bool is_new; /* of a node */
    bool full;   /* takes no more */
    bool open;   /* each slot is on the move */
    struct redis_clock *clock;
    struct node *(*of)(struct str group); /* NULL: it is the only one */
    size_t first;                         /* that is not answered */
    size_t count;
    struct fake_command sent[FAKE_COMMANDS_MAX];
};

/* ---- for the test ---- */

/* How many await a reply. */
static inline size_t
fake_commands_open(const struct nodes *c)
{
    return c->count - c->first;
}

/* A word of the i-th of those that await a reply. */
static inline struct str
fake_commands_word(const struct nodes *c, size_t i, size_t word)
{
    assert_in_range(c->first + i, c->first, c->count - 1);
    assert_in_range(word, 0, c->sent[c->first + i].argv.count - 1);
    return argv_word(&c->sent[c->first + i].argv, word);
}

static inline void
fake_commands_add_word(struct text *out, struct str word)
{
    for (int i = 0; i < SCRIPT__MAX; i++) {
        if (str_is(word, scripts[i].sha1) || str_is(word, scripts_cluster[i].sha1) ||
            str_equal(word, str_make(scripts[i].body, scripts[i].length))) {
            word = str_of(scripts[i].name);
        }
    }
    text_add_str(out, out->len > 0 ? " " : "");
    text_add(out, word.p, word.len);
}

/* Are these the words of the i-th of those that await a reply? A script stands there by its
 * name. */
#define assert_command(c, i, words) assert_command_at((c), (i), (words), __FILE__, __LINE__)

static inline void
fake_commands_print(const struct nodes *c, size_t i, struct text *out, const char *file, int line)
{
    if (i >= fake_commands_open(c)) {
        print_error("%s:%d: %zu commands await a reply\n", file, line, fake_commands_open(c));
        _fail(file, line);
    }
    for (size_t w = 0; w < c->sent[c->first + i].argv.count; w++) {
        fake_commands_add_word(out, fake_commands_word(c, i, w));
    }
}

static inline void
assert_command_at(const struct nodes *c, size_t i, const char *words, const char *file, int line)
{
    struct text text;

    text_init(&text);
    fake_commands_print(c, i, &text, file, line);
    assert_bytes_at(text_str(&text), str_of(words), file, line);
    text_fini(&text);
}

/* The same for its first words. */
#define assert_command_begins(c, i, words)                                                         \
    assert_command_begins_at((c), (i), (words), __FILE__, __LINE__)

static inline void
assert_command_begins_at(const struct nodes *c, size_t i, const char *words, const char *file,
                         int line)
{
    struct text text;

    text_init(&text);
    fake_commands_print(c, i, &text, file, line);
    text.len = strlen(words) < text.len ? strlen(words) : text.len;
    assert_bytes_at(text_str(&text), str_of(words), file, line);
    text_fini(&text);
}

/* The oldest one is answered; wire as in replies.h, NULL: its reply is lost. */
static inline void
fake_commands_answer(struct nodes *c, const char *wire)
{
    struct fake_command *command = &c->sent[c->first];

    assert_in_range(c->first, 0, c->count - 1);
    c->first++;
    if (command->fn != NULL) {
        reply_give(command->fn, command->arg, wire);
    }
}

/* The newest one is answered, before those that came earlier: as by a Redis that the test does not
 * mean. */
static inline void
fake_commands_answer_newest(struct nodes *c, const char *wire)
{
    struct fake_command command = c->sent[--c->count];

    assert_in_range(c->count, c->first, FAKE_COMMANDS_MAX);
    reply_give(command.fn, command.arg, wire);
    argv_fini(&command.argv);
}

/* The connection breaks: those that await a reply lose it. */
static inline void
fake_commands_lose(struct nodes *c)
{
    c->ready = false;
    while (fake_commands_open(c) > 0) {
        fake_commands_answer(c, NULL);
    }
}

static inline void
fake_commands_free(struct nodes *c)
{
    for (size_t i = 0; i < c->count; i++) {
        argv_fini(&c->sent[i].argv);
    }
    memset(c, 0, sizeof(*c));
}

static inline struct node *
fake_node(struct nodes *set)
{
    return (struct node *)set;
}

/* ---- nodes/nodes.h, nodes/node.h ---- */

static inline bool
fake_commands_take(struct nodes *c, const struct argv *argv, bool script, reply_fn *fn, void *arg)
{
    struct fake_command *command = &c->sent[c->count];

    if (!c->ready || c->full) {
        return false;
    }
    assert_in_range(c->count, 0, FAKE_COMMANDS_MAX - 1);
    c->count++;
    *command = (struct fake_command){.script = script, .fn = fn, .arg = arg};
    argv_init(&command->argv);
    argv_add_words(&command->argv, argv, 0);
    return true;
}

bool
nodes_send(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg)
{
    return fake_commands_take(set, argv, false, fn, arg);
}

bool
nodes_send_script(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg)
{
    assert_bytes(argv_word(argv, 0), BYTES("EVALSHA"));
    return fake_commands_take(set, argv, true, fn, arg);
}

bool
nodes_try_script(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg)
{
    return nodes_send_script(set, argv, fn, arg);
}

bool
nodes_is_open(const struct nodes *set, struct str group)
{
    (void)group;
    return set->open;
}

bool
nodes_take_commands(const struct nodes *set)
{
    return set->ready;
}

struct node *
nodes_of(const struct nodes *set, struct str group)
{
    return set->of != NULL ? set->of(group) : (struct node *)(uintptr_t)set;
}

bool
node_takes_commands(const struct node *n)
{
    return ((const struct nodes *)n)->ready;
}

bool
node_is_new(const struct node *n)
{
    return ((const struct nodes *)n)->is_new;
}

const struct redis_clock *
node_clock(const struct node *n)
{
    return ((const struct nodes *)n)->clock;
}

void
node_note_clock(struct node *n, int64_t asked_ms, int64_t redis_ms)
{
    redis_clock_note(((struct nodes *)n)->clock, asked_ms, redis_ms);
}

bool
node_send(struct node *n, const struct argv *argv, reply_fn *fn, void *arg)
{
    return nodes_send((struct nodes *)n, argv, fn, arg);
}

bool
node_send_script(struct node *n, const struct argv *argv, reply_fn *fn, void *arg)
{
    return nodes_send_script((struct nodes *)n, argv, fn, arg);
}

#endif
