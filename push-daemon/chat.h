/* chat.h - clients of /group/chat: each text that comes in is a message to the group. */
#ifndef PUSH_CHAT_H
#define PUSH_CHAT_H

#include "lib/config/config.h"

struct appender;
struct gate;
struct hub;
struct visitor;
struct session;
struct sessions;
struct ws;

/* All kept by the caller. */
struct chat {
    const struct config *config;
    struct gate *gate;
    struct hub *hub;
    struct appender *appender;
};

struct session *chat_open(struct chat *chat, struct sessions *all, struct ws *ws,
                          const struct visitor *v);

#endif
