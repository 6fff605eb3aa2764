/* argv.h - the words of one Redis command, built one by one. */
#ifndef LIB_REDIS_ARGV_H
#define LIB_REDIS_ARGV_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/redis/keys.h"
#include "lib/str.h"
#include "lib/text.h"

/* On a cluster a command reaches the keys of one slot. What it needs of other slots are commands of
 * their own, its steps. */
enum argv_when {
    ARGV_BEFORE,       /* it may refuse: with a reply below 0, or a list, which is the reply then */
    ARGV_BEFORE_WAIT,  /* likewise with a reply above 0: seconds to wait */
    ARGV_BEFORE_IF_UP, /* as the first one; but if it has no answer, that refuses nothing */
    ARGV_AFTER_0,      /* if the command's reply was 0 */
    ARGV_AFTER_ANY,    /* if the command was not refused: cmd_is_refused() */
    ARGV_AFTER_CHANGE, /* only if it has changed something: cmd_has_changed() */
    ARGV_WHEN__MAX
};

enum {
    ARGV_STEPS_MAX = 4
};

static inline bool
argv_is_before(enum argv_when when)
{
    return when <= ARGV_BEFORE_IF_UP;
}

/* Copies the words. To build the next command, clear it: that keeps the memory. */
struct argv {
    struct text bytes; /* all words, one behind the other */
    size_t *ends;      /* offset in bytes at which each word ends */
    size_t count;
    size_t room; /* of ends */
    int slot;    /* on a cluster: of the first key or channel, else SLOT_NONE */
    struct argv *steps[ARGV_STEPS_MAX]; /* kept when the command is cleared */
    enum argv_when when[ARGV_STEPS_MAX];
    size_t step_count;
};

void argv_init(struct argv *c);
void argv_fini(struct argv *c);
void argv_clear(struct argv *c);

void argv_add(struct argv *c, struct str word);
void argv_add_str(struct argv *c, const char *word);
void argv_add_int(struct argv *c, int64_t word);
void argv_add_key(struct argv *c, const struct config_redis *redis, enum key_kind kind,
                  struct str id);
/* The same with two ids, as key_add_pair() has it. */
void argv_add_pair_key(struct argv *c, const struct config_redis *redis, enum key_kind kind,
                       struct str first, struct str second);

/* Adds the words of another command, from its word number first on. */
void argv_add_words(struct argv *c, const struct argv *from, size_t first);

struct str argv_word(const struct argv *c, size_t i);

/* Ends a word that the caller has added to c->bytes piece by piece. */
void argv_end_word(struct argv *c);

/* Adds a step, to be built: it is cleared, and belongs to the command. Those before it come in the
 * order in which they were added, those behind it likewise. */
struct argv *argv_add_step(struct argv *c, enum argv_when when);

/* Adds the command as it goes over the wire: an array of bulk strings (RESP2). */
void argv_format(struct text *out, const struct argv *c);

#endif
