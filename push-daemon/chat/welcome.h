/* welcome.h - the first frame of a fastim.v2 client. */
#ifndef PUSH_CHAT_WELCOME_H
#define PUSH_CHAT_WELCOME_H

#include <stdbool.h>
#include <stddef.h>

struct group_settings;
struct presence;
struct session;

/* It came back and lost nothing: `missed` frames follow. Else the list does. */
void welcome_send(struct session *s, const struct presence *presence,
                  const struct group_settings *settings, bool recovered, size_t missed);

#endif
