/* rates.h - how many requests a client address may send per second (http.requestsPerSecond).
 *
 * All processes of a host must count together, whoever starts them: a web server, a supervisor, or
 * one for each request. So the table is in shared memory (shm_open(3)), one per user id. It has a
 * fixed size. Redis would cost a round trip for each request, and is what the limit protects. */
#ifndef API_HTTP_RATES_H
#define API_HTTP_RATES_H

#include <stdbool.h>

#include "lib/config/config.h"
#include "lib/str.h"

enum {
    RATES_BURST_S = 10 /* so many seconds' worth may come at once */
};

struct rates;

/* NULL: there is no limit. Without shared memory, which is logged, each process counts for itself.
 * Keeps config. */
struct rates *rates_create(const struct config *config);
void rates_destroy(struct rates *r); /* NULL is fine */

/* Counts one more request. False: that is too many, and it was not counted. client: REMOTE_ADDR;
 * all that is no address counts as one. NULL: no limit. */
bool rates_take(struct rates *r, struct str client);

#endif
