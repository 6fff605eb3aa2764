/* chat_v1.h - clients of /group/chat that speak Part 1: each text is a message to the group. */
#ifndef PUSH_CHAT_CHAT_V1_H
#define PUSH_CHAT_CHAT_V1_H

struct auth;
struct env;
struct hub;
struct presence;
struct review;
struct session;
struct sessions;
struct words;
struct ws;
struct ws_request;

/* What chat works with; all of it is the caller's. */
struct chat_v1 {
    const struct env *env;
    struct sessions *sessions;
    struct auth *auth;
    struct hub *hub;
    struct review *review;
    struct presence *presence;
    struct words *words;
};

struct session *chat_v1_open(struct chat_v1 *chat, struct ws *ws, const struct ws_request *request);

#endif
