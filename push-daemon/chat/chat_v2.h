/* chat_v2.h - clients of /group/chat that speak fastim.v2: each text is a frame of a type. */
#ifndef PUSH_CHAT_CHAT_V2_H
#define PUSH_CHAT_CHAT_V2_H

#include "push-daemon/chat/ask_query.h"
#include "push-daemon/chat/send.h"
#include "push-daemon/v2/dialog.h"

struct hub;
struct presence;
struct session;
struct ws;
struct ws_request;

/* What it works with; all of it is the caller's. */
struct chat_v2 {
    struct dialog dialog;
    struct send send;
    struct ask ask;
    struct hub *hub;
    struct presence *presence;
};

/* A client was let in, and one goes: the same for those of event streams (events.h). */
void chat_v2_enter(struct session *s);
void chat_v2_leave(struct session *s);

struct session *chat_v2_open(struct chat_v2 *chat, struct ws *ws, const struct ws_request *request);

#endif
