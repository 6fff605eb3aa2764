/* send.h - the frame `send` of fastim.v2: a message, which is acknowledged. */
#ifndef PUSH_CHAT_SEND_H
#define PUSH_CHAT_SEND_H

struct appender;
struct client_frame;
struct env;
struct session;

enum {
    SEND_UNACKED_MAX = 16 /* sends of a connection whose outcome is open */
};

/* What it works with; all of it is the caller's. */
struct send {
    const struct env *env;
    struct appender *appender;
};

/* Stores the message. An `ack` follows, or an `error`. */
void send_take(struct send *send, struct session *s, const struct client_frame *f);

#endif
