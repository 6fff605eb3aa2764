/* admission.h - may a connection come in: the origin of its page, quotas and rates.
 *
 * Each daemon counts for itself; with several workers, each worker does. */
#ifndef PUSH_CLIENT_ADMISSION_H
#define PUSH_CLIENT_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"

struct admission;
struct env;
struct ws_request;

/* What a connection holds of the quotas. It is handed back when the connection is gone; the quotas
 * remember its rates longer. */
struct ticket {
    struct quota *user;    /* NULL: not counted */
    struct quota *address; /* likewise */
};

/* max: the most connections, whatever the settings allow. */
struct admission *admission_create(const struct env *env, size_t max);
void admission_destroy(struct admission *a); /* NULL is fine */

/* From here on every request is refused with 503. */
void admission_close(struct admission *a);

/* Returns 0 if the request is welcome, else the HTTP status of the refusal: 403, 429 or 503. The
 * request counts for the rate of its address. */
int admission_check(struct admission *a, const struct ws_request *request);

/* The connection came in; it went. */
struct ticket admission_enter(struct admission *a, const struct ws_request *request);
void admission_leave(struct admission *a, const struct ticket *ticket);

/* Something came of it: any frame, or a part of one. False: its user or its address is far above
 * the rates for messages. */
bool admission_take_frame(struct admission *a, struct ticket *ticket, struct str user);

/* May it send a message of so many bytes now? Then it counts for the rates of its user and of its
 * address. user: as in the request. False: 429. */
bool admission_take_message(struct admission *a, struct ticket *ticket, struct str user,
                            size_t bytes);

/* The same question, without a count: what its user has sent before may not be known yet. */
bool admission_allows(const struct admission *a, const struct ticket *ticket, size_t bytes);

/* For how long so many bytes take up the rate of its address (or, without one, of its user), if all
 * connections of that send as much. */
int64_t admission_wait_ms(const struct admission *a, const struct ticket *ticket, size_t bytes);

/* What it asked for has cost so many bytes: they count for the rates of its user and of its
 * address. */
void admission_charge(struct admission *a, struct ticket *ticket, struct str user, size_t bytes);

/* Forgets users and addresses without a connection whose rates say nothing any more. */
void admission_every_second(struct admission *a);

#endif
