/* server.h - the WebSocket server: it listens on push.listen, and has all connections. */
#ifndef PUSH_NET_SERVER_H
#define PUSH_NET_SERVER_H

#include "push-daemon/net/ws_handlers.h"

struct env;
struct ws_server;

/* NULL: it cannot listen, and that was logged. */
struct ws_server *ws_server_create(const struct env *env, const struct ws_handlers *handlers);
void ws_server_stop_listening(struct ws_server *server);
void ws_server_destroy(struct ws_server *server); /* closes what is open; NULL is fine */

#endif
