/* command.h - the words of one Redis command, built one by one, ready to be sent. */
#ifndef LIB_COMMAND_H
#define LIB_COMMAND_H

#include <stdint.h>

#include "lib/keys.h"
#include "lib/str.h"
#include "lib/text.h"

/* The words are copied. Clear and build again as often as wanted: memory is kept. */
struct command {
    struct text bytes; /* all words, one behind the other */
    size_t *ends;      /* where each word ends in bytes */
    size_t count;
    size_t room;
};

void command_init(struct command *c);
void command_fini(struct command *c);
void command_clear(struct command *c);

void command_add(struct command *c, struct str word);
void command_add_str(struct command *c, const char *word);
void command_add_int(struct command *c, int64_t word);
void command_add_key(struct command *c, const char *prefix, enum key_kind kind, struct str id);

/* Adds the words of another command from one of them on. */
void command_add_words(struct command *c, const struct command *from, size_t first);

struct str command_word(const struct command *c, size_t i);

/* A word of the caller's own making: add to c->bytes, then end the word. */
void command_end_word(struct command *c);

/* Adds the command as it goes over the wire (RESP, an array of bulk strings). */
void command_format(struct text *out, const struct command *c);

#endif
