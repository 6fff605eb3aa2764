/* receive.h - what comes in from one client becomes texts, for its kind's on_text(). */
#ifndef PUSH_CLIENT_RECEIVE_H
#define PUSH_CLIENT_RECEIVE_H

#include <stdbool.h>

struct session;
struct ws_piece;

/* A piece of a message came in (struct ws_handlers). */
void receive_piece(struct session *s, const struct ws_piece *piece);

/* Was it let in, so that what it sends is taken? A client of fastim.v2 gets its first frame
 * before. */
bool receive_is_ready(const struct session *s);

/* The client was let in: what it sent meanwhile is taken as if it came now. */
void receive_kept(struct session *s);

#endif
