/* acceptor.h - takes connections in as fast as they come, and turns them away where there are too many. */
#ifndef PUSH_ACCEPTOR_H
#define PUSH_ACCEPTOR_H

#include <stddef.h>

struct acceptor;
struct loop;

/* What becomes of a connection: fd is non-blocking, and the callee's. */
typedef void accept_fn(void *arg, int fd);

/* Watches the listening socket, which is the acceptor's from here on. */
struct acceptor *acceptor_create(struct loop *loop, int listening, accept_fn *fn, void *arg);
void acceptor_destroy(struct acceptor *a); /* NULL is fine */

#endif
