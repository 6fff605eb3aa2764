/* welcome.h - the first frame of a fastim.v2 client, and the word before the last. */
#ifndef PUSH_CHAT_WELCOME_H
#define PUSH_CHAT_WELCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;

/* As struct session_kind has them. */
void welcome_send(struct session *s, bool recovered, size_t missed);
void welcome_send_reconnect(struct session *s, int64_t span_ms);

#endif
