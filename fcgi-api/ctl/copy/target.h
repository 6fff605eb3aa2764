/* target.h - the cluster that is copied to. What fails is told on standard error. */
#ifndef API_CTL_COPY_TARGET_H
#define API_CTL_COPY_TARGET_H

#include "fcgi-api/ctl/args.h"
#include "fcgi-api/ctl/progress.h"
#include "fcgi-api/store/store.h"
#include "lib/cluster/topology.h"

struct target {
    struct config *config;
    struct store *store;
    struct topology *map;
    struct progress *progress;
    struct argv argv;          /* the next command */
    const struct reply *reply; /* the last one */
};

/* Reads the settings, which are to name a cluster that serves all of its slots. Keeps progress.
 * Whatever comes of it, the target goes to target_fini(). */
enum ctl_exit target_open(struct target *t, const char *file, struct progress *progress);
void target_fini(struct target *t);

/* Sends t->argv to the node of its slot, and waits for t->reply. */
enum ctl_exit target_ask(struct target *t, enum store_repeat repeat);

/* The copy begins. Without merges the cluster is to have nothing that fastim keeps, but for what a
 * copy has left that was interrupted: this goes. */
enum ctl_exit target_begin(struct target *t, bool merges);
enum ctl_exit target_end(struct target *t);

#endif
