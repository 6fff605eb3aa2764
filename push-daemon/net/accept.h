/* accept.h - accepts connections from a listening socket, a few in each turn of the loop. */
#ifndef PUSH_NET_ACCEPT_H
#define PUSH_NET_ACCEPT_H

#include <stddef.h>

struct acceptor;
struct loop;

/* Gets a connection: fd is non-blocking, and belongs to the callee. */
typedef void accept_fn(void *arg, int fd);

/* Watches the listening socket, which belongs to the acceptor from here on. */
struct acceptor *accept_start(struct loop *loop, int listening, accept_fn *fn, void *arg);
void accept_stop(struct acceptor *a); /* NULL is fine */

#endif
