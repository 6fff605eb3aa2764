/* chat.h - clients of /group/chat: each text that comes in is a message to the group. */
#ifndef PUSH_CHAT_CHAT_H
#define PUSH_CHAT_CHAT_H

#include "lib/config/config.h"

struct appender;
struct auth;
struct hub;
struct ws_request;
struct session;
struct sessions;
struct ws;

/* All kept by the caller. */
struct chat {
    const struct config *config;
    struct auth *auth;
    struct hub *hub;
    struct appender *appender;
};

struct session *chat_open(struct chat *chat, struct sessions *all, struct ws *ws,
                          const struct ws_request *v);

#endif
