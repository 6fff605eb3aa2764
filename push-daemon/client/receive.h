/* receive.h - what comes in from one client becomes texts, for its kind's on_text(). */
#ifndef PUSH_CLIENT_RECEIVE_H
#define PUSH_CLIENT_RECEIVE_H

struct session;
struct ws_piece;

/* A piece of a message came in (struct ws_handlers). */
void receive_piece(struct session *s, const struct ws_piece *piece);

/* The client was let in: what it sent meanwhile is taken as if it came now. */
void receive_kept(struct session *s);

#endif
