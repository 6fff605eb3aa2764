/* peer.h - a Redis, or one node of a cluster, that is asked much: what fails is told on standard
 * error. */
#ifndef API_CTL_COPY_PEER_H
#define API_CTL_COPY_PEER_H

#include "fcgi-api/ctl/args.h"
#include "fcgi-api/ctl/progress.h"
#include "fcgi-api/store/wire.h"

struct peer {
    struct wire wire; /* also the last reply */
    struct argv argv; /* the next command */
    struct progress *progress;
    struct text cursor;  /* of SCAN; empty: it is to begin */
    struct reply *names; /* that SCAN found last */
    size_t at;           /* of these: the next one */
};

/* place: of a node of a cluster; NULL: the Redis of the settings. Keeps config and progress. */
void peer_init(struct peer *p, const struct config *config, const struct place *place,
               struct progress *progress);
void peer_fini(struct peer *p);

enum ctl_exit peer_open(struct peer *p);

/* Sends p->argv, and waits for its reply. peer_ask(): an error is told as well. */
enum ctl_exit peer_try(struct peer *p);
enum ctl_exit peer_ask(struct peer *p);
/* The same for WATCH, a command for one key. *clean: the key has not changed since the last one. */
enum ctl_exit peer_watch(struct peer *p, bool *clean);

/* The next name in Redis: p is NULL if there is none any more. It lives until the next call. A name
 * may come twice. Other commands may come in between. */
enum ctl_exit peer_scan(struct peer *p, struct str *name);

#endif
