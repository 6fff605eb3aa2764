/* reporter.h - reports the users of each group to Redis, when that is due; and that this daemon
 * lives.
 *
 * A group is reported at most once a second, and each 28 seconds. A lease lasts for 15 s: so who
 * was on a daemon that died is gone from all numbers after 45 s. On a cluster a group is reported
 * each 14 seconds, and a report counts for 30 s. Reports of many groups are spread over that
 * time. */
#ifndef PUSH_PRESENCE_REPORTER_H
#define PUSH_PRESENCE_REPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/redis/argv.h"
#include "lib/str.h"
#include "lib/text.h"
#include "push-daemon/core/timer_wheel.h"
#include "push-daemon/presence/group.h"

struct env;
struct loop_timer;
struct node;
struct nodes;

enum {
    REPORTER_HOST_SIZE = 256
};

struct reporter {
    const struct env *env;
    struct nodes *nodes;
    struct str daemon_id;
    char host[REPORTER_HOST_SIZE]; /* the name of this machine; empty: not known */
    struct groups groups;
    struct users_away away;
    struct loop_timer *tick;
    struct timer_wheel due; /* of group.due, turned each tick */
    unsigned ticks;         /* since the lease was renewed, and until it is again */
    size_t budget;          /* reports that this tick may still send */
    bool stopping;
    int64_t looked;    /* groups that cmd_lease() has looked at */
    int64_t logged_ms; /* when a refusal was logged; 0: never */
    struct text ids;
    struct argv argv;
};

void reporter_init(struct reporter *r, const struct env *env, struct nodes *nodes,
                   struct str daemon_id);
void reporter_fini(struct reporter *r); /* also the groups */

/* Its users are not those of the last report. */
void reporter_changed(struct reporter *r, struct group *g);

/* Its users are those of the last report, but the number of their connections may be another. */
void reporter_counted(struct reporter *r, struct group *g);

/* Reports it now. False: that cannot be sent. */
bool reporter_report(struct reporter *r, struct group *g);

/* All groups of a node, NULL: of all nodes, are reported again, one after the other. */
void reporter_report_all(struct reporter *r, const struct node *node);

/* The daemon lives on; if it stops: its lease ends. */
void reporter_send_lease(struct reporter *r);

#endif
