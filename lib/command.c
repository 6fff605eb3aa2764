/* command.c - the words of one Redis command, built one by one, ready to be sent. */
#include "lib/command.h"

#include <stdlib.h>

#include "lib/mem.h"

void
command_init(struct command *c)
{
    text_init(&c->bytes);
    c->ends = NULL;
    c->count = 0;
    c->room = 0;
}

void
command_fini(struct command *c)
{
    text_fini(&c->bytes);
    free(c->ends);
    command_init(c);
}

void
command_clear(struct command *c)
{
    text_clear(&c->bytes);
    c->count = 0;
}

void
command_end_word(struct command *c)
{
    if (c->count == c->room) {
        c->room = c->room > 0 ? 2 * c->room : 16;
        c->ends = mem_resize(c->ends, c->room * sizeof(*c->ends));
    }
    c->ends[c->count++] = c->bytes.len;
}

void
command_add(struct command *c, struct str word)
{
    text_add(&c->bytes, word.p, word.len);
    command_end_word(c);
}

void
command_add_str(struct command *c, const char *word)
{
    command_add(c, str_of(word));
}

void
command_add_int(struct command *c, int64_t word)
{
    text_add_int(&c->bytes, word);
    command_end_word(c);
}

void
command_add_key(struct command *c, const char *prefix, enum key_kind kind, struct str id)
{
    key_add(&c->bytes, prefix, kind, id);
    command_end_word(c);
}

void
command_add_words(struct command *c, const struct command *from, size_t first)
{
    for (size_t i = first; i < from->count; i++) {
        command_add(c, command_word(from, i));
    }
}

struct str
command_word(const struct command *c, size_t i)
{
    size_t from = i > 0 ? c->ends[i - 1] : 0;

    return str_make(c->bytes.bytes + from, c->ends[i] - from);
}

static void
add_length(struct text *out, const char *type, size_t n)
{
    text_add(out, type, 1);
    text_add_int(out, (int64_t)n);
    text_add(out, "\r\n", 2);
}

void
command_format(struct text *out, const struct command *c)
{
    text_reserve(out, c->bytes.len + 16 * (c->count + 1));
    add_length(out, "*", c->count);
    for (size_t i = 0; i < c->count; i++) {
        struct str word = command_word(c, i);

        add_length(out, "$", word.len);
        text_add(out, word.p, word.len);
        text_add(out, "\r\n", 2);
    }
}
