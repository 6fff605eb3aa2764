/* welcome.h - the first frame of a fastim.v2 client, and the word before the last. */
#ifndef PUSH_CHAT_WELCOME_H
#define PUSH_CHAT_WELCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct presence;
struct session;

/* It came back and lost nothing: `missed` frames follow. Else the list does. */
void welcome_send(struct session *s, const struct presence *presence, bool recovered,
                  size_t missed);

/* The daemon stops within that time. */
void welcome_send_reconnect(struct session *s, int64_t span_ms);

#endif
