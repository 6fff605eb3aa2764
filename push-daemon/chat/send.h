/* send.h - the frame `send` of fastim.v2: a message, which is acknowledged. */
#ifndef PUSH_CHAT_SEND_H
#define PUSH_CHAT_SEND_H

#include "lib/text.h"

struct client_frame;
struct env;
struct review;
struct session;
struct words;

enum {
    SEND_UNACKED_MAX = 16 /* sends of a connection whose outcome is open */
};

/* What it works with; env, review and words are the caller's. */
struct send {
    const struct env *env;
    struct review *review;
    struct words *words;

    struct session *acked; /* a reference; who gets the acks; NULL: there are none */
    struct text acks;      /* frames */
};

/* Stores the message. An `ack` follows, or an `error`. */
void send_take(struct send *send, struct session *s, const struct client_frame *f);

/* Sends the last acks: those of one client that come together go in one write. Call it when all
 * outcomes of a turn are known, and at the end. */
void send_flush(struct send *send);
void send_fini(struct send *send);

#endif
