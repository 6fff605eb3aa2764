/* alive.h - is a client alive: its pings, and whether it takes what there is for it. */
#ifndef PUSH_CLIENT_ALIVE_H
#define PUSH_CLIENT_ALIVE_H

#include <stdint.h>

struct session;

/* Pings it, unless its socket is full or a frame is under way. */
void alive_ping(struct session *s);

/* For how many ms its peer has taken nothing of what there is for it, as far as such calls saw. */
int64_t alive_stalled_ms(struct session *s);

#endif
