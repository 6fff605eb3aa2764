/* redirect.h - commands to a cluster on their way: each goes to the node of its slot.
 *
 * If that node does not carry it out, it goes on:
 *
 *     MOVED      to the node that has the slot now, at most five times
 *     ASK        to the node that is taking the slot over, this once; these count, too
 *     TRYAGAIN   again, 25 ms later
 *
 * all of it within two seconds. If the node was made a moment ago, it waits for its connection. So
 * a command may overtake one that was sent before it. */
#ifndef PUSH_NODES_REDIRECT_H
#define PUSH_NODES_REDIRECT_H

#include <stdbool.h>

#include "lib/redis/argv.h"
#include "push-daemon/redis/reply_queue.h"

struct loop;
struct node;
struct place;
struct redirects;

struct redirect_hooks {
    void *ctx;
    struct node *(*of_slot)(const void *ctx, int slot);             /* NULL: nobody serves it */
    struct node *(*at)(const void *ctx, const struct place *place); /* NULL: there is none */
};

struct redirects *redirects_create(struct loop *loop, const struct redirect_hooks *hooks);
void redirects_destroy(struct redirects *all); /* no fn is called any more; NULL is fine */

/* A node takes commands: those that wait are tried again at once. */
void redirects_go_on(struct redirects *all);

/* As node_send(), or as node_send_script(). */
bool redirects_send(struct redirects *all, const struct argv *argv, bool is_script, reply_fn *fn,
                    void *arg);

/* Likewise for a script, but TRYAGAIN is the answer. */
bool redirects_try(struct redirects *all, const struct argv *argv, reply_fn *fn, void *arg);

/* Within fn: where the command was sent last, or should have gone; likewise behind a call that has
 * failed. All zero: nobody serves its slot. */
const struct place *redirects_last_place(const struct redirects *all);

#endif
