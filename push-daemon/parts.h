/* parts.h - the parts of a daemon: made one upon the other, and told of each other. */
#ifndef PUSH_PARTS_H
#define PUSH_PARTS_H

#include <stdbool.h>

#include "lib/str.h"
#include "push-daemon/grouplist/list_v2.h"
#include "push-daemon/ops/orders.h"

struct admission;
struct appender;
struct auth;
struct chat;
struct drain;
struct env;
struct flusher;
struct hub;
struct identity;
struct nodes;
struct poller;
struct presence;
struct sessions;
struct words;
struct ws_server;

/* All zero: none is made yet. */
struct parts {
    struct nodes *nodes;
    struct admission *admission;
    struct sessions *sessions;
    struct auth *auth;
    struct identity *identity;
    struct flusher *flusher;
    struct hub *hub;
    struct presence *presence;
    struct words *words;
    struct orders orders;
    struct chat *chat;
    struct appender *appender; /* of chat */
    struct poller *poller;
    struct list_v2 list_v2;
    struct drain *drain;
    struct ws_server *server;
};

/* Makes all of them; the server listens. daemon_id: the daemon's name at Redis, kept by the caller.
 * False: that cannot be, and was logged; parts_destroy() takes those that were made. */
bool parts_create(struct parts *p, const struct env *env, struct str daemon_id);
void parts_destroy(struct parts *p);

/* Begins to connect to Redis. */
void parts_start(struct parts *p);

#endif
