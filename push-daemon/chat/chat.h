/* chat.h - all clients of a group: of /group/chat, with Part 1 or fastim.v2, and of
 * /group/events. */
#ifndef PUSH_CHAT_CHAT_H
#define PUSH_CHAT_CHAT_H

#include <stddef.h>

#include "lib/str.h"

struct appender;
struct auth;
struct chat;
struct dialog;
struct env;
struct hub;
struct nodes;
struct presence;
struct session;
struct sessions;
struct words;
struct ws;
struct ws_request;

/* What chat works with; all of it is the caller's. */
struct chat_parts {
    const struct env *env;
    struct sessions *sessions;
    struct auth *auth;
    struct hub *hub;
    struct nodes *nodes;
    const struct dialog *dialog; /* copied */
    struct str daemon_id;        /* this daemon's name at Redis */
    struct presence *presence;
    struct words *words;
};

struct chat *chat_create(const struct chat_parts *parts);
void chat_destroy(struct chat *chat); /* NULL is fine */

/* A client has come. */
struct session *chat_open(struct chat *chat, struct ws *ws, const struct ws_request *request);

/* All outcomes of this turn that come with it, and what their senders are told. */
void chat_resolve(struct chat *chat);

/* Messages whose outcome is not known yet. */
size_t chat_open_count(const struct chat *chat);

/* What stores the messages of all of them. */
struct appender *chat_appender(struct chat *chat);

#endif
