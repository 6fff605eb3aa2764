/* library.h - libwebsockets, on the loop of the daemon. */
#ifndef PUSH_NET_LIBRARY_H
#define PUSH_NET_LIBRARY_H

#include <stdbool.h>

struct loop;
struct lws_context;
struct lws_protocols;
struct lws_vhost;

/* All NULL: not open. */
struct library {
    struct lws_context *context;
    struct lws_vhost *vhost;
};

/* It listens on no port: it is handed connections. user: of lws_context_user(). False: it cannot
 * start, and that was logged; close it all the same. */
bool library_open(struct library *l, struct loop *loop, const struct lws_protocols *protocols,
                  void *user);
void library_close(struct library *l, struct loop *loop); /* ends all connections */

#endif
