/* identity.h - what a token says of who its bearer is: a JWT by itself, another by Redis. */
#ifndef PUSH_CLIENT_IDENTITY_H
#define PUSH_CLIENT_IDENTITY_H

#include <stdbool.h>

#include "lib/redis/standing.h"
#include "lib/str.h"
#include "push-daemon/core/close_reason.h"

struct env;
struct identity;
struct session;

/* Reads login.jwtKey. */
struct identity *identity_create(const struct env *env);
void identity_destroy(struct identity *i); /* NULL is fine */

/* The settings were read again. A key that is wrong now leaves the old one, and is logged. */
void identity_reload(struct identity *i);

/* A client of fastim.v2 has sent this token. A valid JWT verifies it until the JWT expires, and its
 * own token is empty from here on: scripts check no login then. Any other token becomes the
 * session's; Redis knows whether it is valid. False: it is no token of this user, or not for this
 * group. */
bool identity_take(struct identity *i, struct session *s, struct str token, enum close_reason *why);

/* A group-list client sees the groups alone that its JWT names, if it names some. */
bool identity_shows(const struct session *s, struct str group);

/* Who says that it is this user? */
enum cmd_standing identity_standing(const struct session *s);

/* Notes in session.role what role its user has now: that of its JWT, or the one that the group's
 * rules grant. */
void identity_note_role(struct session *s);

/* Has its JWT expired? */
bool identity_has_expired(const struct session *s);

#endif
