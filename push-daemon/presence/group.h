/* group.h - one group on this daemon: its users, what its clients were told, its next report. */
#ifndef PUSH_PRESENCE_GROUP_H
#define PUSH_PRESENCE_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/hash.h"
#include "lib/str.h"
#include "push-daemon/core/timer_wheel.h"
#include "push-daemon/presence/roster.h"
#include "push-daemon/presence/users.h"

struct group;
struct reporter;

/* All groups with users here, or with something about them that Redis does not know yet. */
struct groups {
    struct group *by_id;
    void (*tell)(void *ctx, struct str group, struct str frame); /* its clients; or NULL */
    void *ctx;
};

struct group {
    struct users users; /* the first field: group_of_users() */
    UT_hash_handle hh;
    struct reporter *reporter;
    struct roster roster;
    struct timer_wheel_item due; /* its next report */
    int64_t due_ms;              /* when about */
    int64_t later_ms;            /* when, but for connections; 0: they have changed nothing */
    size_t connections;          /* as reported */
    int64_t reported_ms;         /* when the last one was sent; 0: never */
    bool asking;                 /* that awaits its reply */
    bool changed;                /* since then */
    bool heard;                  /* an event came since then */
    size_t id_len;
    char id[];
};

static inline struct str
group_id(const struct group *g)
{
    return str_make(g->id, g->id_len);
}

static inline struct group *
group_of_users(struct users *users)
{
    return (struct group *)users;
}

struct group *group_find(const struct groups *all, struct str id);
struct group *group_add(struct groups *all, struct str id);
void group_free(struct groups *all, struct group *g);

/* Takes an event of presence. If it is news to the group's clients, they are told. */
void group_take(const struct groups *all, struct group *g, struct str event);

/* The same from a reply: a number, and ids as cmd_presence() has them (p NULL: none). */
void group_take_told(const struct groups *all, struct group *g, int64_t online, struct str ids);

#endif
