/* argv.c - the words of one Redis command. */
#include "lib/redis/argv.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cluster/slot.h"
#include "lib/mem.h"

void
argv_init(struct argv *c)
{
    text_init(&c->bytes);
    c->ends = NULL;
    c->count = 0;
    c->room = 0;
    c->slot = SLOT_NONE;
    memset(c->steps, 0, sizeof(c->steps));
    c->step_count = 0;
}

void
argv_fini(struct argv *c)
{
    for (size_t i = 0; i < ARGV_STEPS_MAX; i++) {
        if (c->steps[i] != NULL) {
            argv_fini(c->steps[i]);
            free(c->steps[i]);
        }
    }
    text_fini(&c->bytes);
    free(c->ends);
    argv_init(c);
}

void
argv_clear(struct argv *c)
{
    text_clear(&c->bytes);
    c->count = 0;
    c->slot = SLOT_NONE;
    c->step_count = 0;
}

struct argv *
argv_add_step(struct argv *c, enum argv_when when)
{
    struct argv **step = &c->steps[c->step_count];

    if (*step == NULL) {
        *step = mem_alloc(sizeof(**step));
        argv_init(*step);
    }
    argv_clear(*step);
    c->when[c->step_count++] = when;
    return *step;
}

void
argv_end_word(struct argv *c)
{
    if (c->count == c->room) {
        c->room = c->room > 0 ? 2 * c->room : 16;
        c->ends = mem_resize(c->ends, c->room * sizeof(*c->ends));
    }
    c->ends[c->count++] = c->bytes.len;
}

void
argv_add(struct argv *c, struct str word)
{
    text_add(&c->bytes, word.p, word.len);
    argv_end_word(c);
}

void
argv_add_str(struct argv *c, const char *word)
{
    argv_add(c, str_of(word));
}

void
argv_add_int(struct argv *c, int64_t word)
{
    text_add_int(&c->bytes, word);
    argv_end_word(c);
}

static void
argv_end_key(struct argv *c, const struct config_redis *redis)
{
    argv_end_word(c);
    if (config_is_cluster(redis) && c->slot == SLOT_NONE) {
        c->slot = slot_of(argv_word(c, c->count - 1));
    }
}

void
argv_add_key(struct argv *c, const struct config_redis *redis, enum key_kind kind, struct str id)
{
    key_add(&c->bytes, redis, kind, id);
    argv_end_key(c, redis);
}

void
argv_add_pair_key(struct argv *c, const struct config_redis *redis, enum key_kind kind,
                  struct str first, struct str second)
{
    key_add_pair(&c->bytes, redis, kind, first, second);
    argv_end_key(c, redis);
}

void
argv_add_words(struct argv *c, const struct argv *from, size_t first)
{
    for (size_t i = first; i < from->count; i++) {
        argv_add(c, argv_word(from, i));
    }
}

struct str
argv_word(const struct argv *c, size_t i)
{
    size_t from = i > 0 ? c->ends[i - 1] : 0;

    return str_make(c->bytes.bytes + from, c->ends[i] - from);
}

static void
argv_add_length(struct text *out, const char *type, size_t n)
{
    text_add(out, type, 1);
    text_add_int(out, (int64_t)n);
    text_add(out, "\r\n", 2);
}

void
argv_format(struct text *out, const struct argv *c)
{
    text_reserve(out, c->bytes.len + 16 * (c->count + 1));
    argv_add_length(out, "*", c->count);
    for (size_t i = 0; i < c->count; i++) {
        struct str word = argv_word(c, i);

        argv_add_length(out, "$", word.len);
        text_add(out, word.p, word.len);
        text_add(out, "\r\n", 2);
    }
}
