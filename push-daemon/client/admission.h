/* admission.h - may a connection come in: by its page's origin, by how many are here, by how fast they come.
 *
 * Counts are those of this daemon (of one worker, if there are several). */
#ifndef PUSH_CLIENT_ADMISSION_H
#define PUSH_CLIENT_ADMISSION_H

#include <stddef.h>

struct admission;
struct env;
struct ws_request;

/* What a connection takes up of the limits; handed back when it is gone. */
struct ticket {
    struct quota *user;    /* NULL: not counted */
    struct quota *address; /* likewise */
};

/* max: most connections, whatever else allows. */
struct admission *admission_create(const struct env *env, size_t max);
void admission_destroy(struct admission *a); /* NULL is fine */

/* From here on every request is refused with 503. */
void admission_close(struct admission *a);

/* Returns 0 if the request is welcome, else the HTTP status that refuses it: 403, 429, 503. It counts as
 * an attempt of its address. */
int admission_check(struct admission *a, const struct ws_request *request);

/* The connection came in; it went. */
struct ticket admission_enter(struct admission *a, const struct ws_request *request);
void admission_leave(struct admission *a, const struct ticket *ticket);

/* Forgets addresses whose limits are all free again. */
void admission_every_second(struct admission *a);

#endif
