/* chat.h - clients of /group/chat: each text that comes in is a message to the group. */
#ifndef PUSH_CHAT_CHAT_H
#define PUSH_CHAT_CHAT_H

struct appender;
struct auth;
struct env;
struct hub;
struct presence;
struct session;
struct sessions;
struct ws;
struct ws_request;

/* What chat works with; all of it is the caller's. */
struct chat {
    const struct env *env;
    struct sessions *sessions;
    struct auth *auth;
    struct hub *hub;
    struct appender *appender;
    struct presence *presence;
};

struct session *chat_open(struct chat *chat, struct ws *ws, const struct ws_request *request);

#endif
