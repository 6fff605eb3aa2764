/* append.h - storing messages: in order, each once, and no guess about what became of one.
 *
 * Appends are numbered in runs, from 1 on, and pipelined. The script stores n only behind n - 1 of its run,
 * and remembers the highest number stored. So what Redis has stored of a run is always its beginning:
 *
 *   - The connection broke: after the reconnect that number is read (rcmd.h sees to it that nothing of
 *     the old connection comes later). What is not above it was stored, the rest was not.
 *   - Redis refused one, or had lost the script: those behind it were refused too, as out of order.
 *     When all under way are answered, the rest goes out again in its order, as a new run.
 *
 * Each carries a latest time. What could not be stored until then never will be, and its sender is told.
 *
 * Once stored, it is still open until it has come back over the subscription, by which its sender learns of it. A failover
 * may take it before that: then it is looked for at the new master like one whose reply was lost. */
#ifndef PUSH_CHAT_APPEND_H
#define PUSH_CHAT_APPEND_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/config/config.h"
#include "lib/str.h"

struct appender;
struct loop;
struct commands;

enum append_result {
    APPEND_STORED,
    APPEND_NOT_LOGGED_IN, /* not stored */
    APPEND_REFUSED,       /* not stored, and never will be */
    APPEND_RESULT__MAX
};

typedef void append_fn(void *arg, enum append_result result);

/* Has the message of this ts come to the group's clients here? */
typedef bool append_heard_fn(void *ctx, struct str group, int64_t ts);

/* daemon: this daemon's name, kept by the caller. */
struct appender *append_create(struct loop *loop, const struct config *config,
                               struct commands *commands, struct str daemon,
                               append_heard_fn *has_heard, void *ctx);
void append_destroy(struct appender *a); /* what is still open is not told; NULL is fine */

/* Stores the message; all strings are copied. token empty: no login check. fn is called once, later.
 * False: Redis is away, or too much waits; nothing was stored and fn is not called. */
bool append_message(struct appender *a, struct str group, struct str user, struct str info,
                    struct str token, append_fn *fn, void *arg);

/* Sends nothing more over this connection, which is about to be given up: what comes waits for the next one. */
void append_hold(struct appender *a);

/* Nothing is open of what was sent. */
bool append_is_settled(const struct appender *a);

/* The command connection is ready, or is no more. */
void append_on_ready(struct appender *a);
void append_on_down(struct appender *a);

/* Messages whose outcome is not known yet. */
size_t append_open_count(const struct appender *a);

#endif
