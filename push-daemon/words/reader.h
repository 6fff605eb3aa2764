/* reader.h - reads the words of Redis (fim:words) and makes the list of them, step by step. */
#ifndef PUSH_WORDS_READER_H
#define PUSH_WORDS_READER_H

struct automaton;
struct env;
struct nodes;
struct word_reader;

/* They were read: list, for automaton_destroy(), or NULL: there are none. */
typedef void word_reader_fn(void *ctx, struct automaton *list);

struct word_reader *word_reader_create(const struct env *env, struct nodes *nodes,
                                       word_reader_fn *on_read, void *ctx);
void word_reader_destroy(struct word_reader *r); /* NULL is fine; no reply may come any more */

/* They may have changed: reads them. If that is under way, once more after it. If the connection
 * is away or breaks, somebody has to call it again when there is one. */
void word_reader_read(struct word_reader *r);

#endif
