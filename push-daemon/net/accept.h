/* accept.h - takes connections in as fast as they come, and turns them away where there are too many. */
#ifndef PUSH_NET_ACCEPT_H
#define PUSH_NET_ACCEPT_H

#include <stddef.h>

struct acceptor;
struct loop;

/* What becomes of a connection: fd is non-blocking, and the callee's. */
typedef void accept_fn(void *arg, int fd);

/* Watches the listening socket, which is the acceptor's from here on. */
struct acceptor *accept_start(struct loop *loop, int listening, accept_fn *fn, void *arg);
void accept_stop(struct acceptor *a); /* NULL is fine */

#endif
