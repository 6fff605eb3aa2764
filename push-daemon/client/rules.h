/* rules.h - what the rules of its group say of a client: enter.lua tells them, and events. */
#ifndef PUSH_CLIENT_RULES_H
#define PUSH_CLIENT_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"
#include "push-daemon/core/close_reason.h"

struct config;
struct event;
struct reply;
struct session;

/* Does that answer say that the client may be there? It is no refusal if Redis was not asked, or is
 * in trouble; but nor is it a yes. */
bool rules_allow(const struct reply *reply);

/* If the answer is a clear no, closes the session, and returns true. no_login: the reason if it is
 * the login. */
bool rules_refuse(struct session *s, const struct reply *reply, enum close_reason no_login);

/* By an answer that allows it: notes the user's role and mute. True: either is another one now. */
bool rules_note(struct session *s, const struct reply *reply);

/* The settings of the group by such an answer, a JSON object. */
void rules_add_settings(struct text *out, const struct config *config, const struct reply *reply);

/* Is its user muted now? */
bool rules_is_muted(const struct session *s);

/* Closes it, as its user or address is banned. retry_ms: for how long; 0: for ever. */
void rules_ban(struct session *s, int64_t retry_ms);

/* Does the event, an EVENT_BAN of this group (empty: of all), concern it? */
bool rules_is_banned_by(const struct session *s, struct str group, const struct event *e);

#endif
