/* rates.h - how many requests a client address may send per second (http.requestsPerSecond).
 *
 * A large body or answer counts as several requests: what costs a host the most is bytes.
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
    RATES_BURST_S = 10,        /* so many seconds' worth may come at once */
    RATES_BYTES_EACH = 1 << 14 /* so many bytes count as one more request */
};

struct rates;

/* NULL: there is no limit. Without shared memory, which is logged, each process counts for itself.
 * Keeps config. */
struct rates *rates_create(const struct config *config);
void rates_destroy(struct rates *r); /* NULL is fine */

/* Counts one more request. False: that is too many, and it was not counted. client: REMOTE_ADDR;
 * all that is no address counts as one. NULL: no limit. */
bool rates_take(struct rates *r, struct str client);

/* Counts the bytes that a request came to, once that is known. Whatever they are, the client may
 * send a request again after RATES_BURST_S. */
void rates_charge(struct rates *r, struct str client, size_t bytes);

#endif
