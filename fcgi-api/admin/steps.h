/* steps.h - what takes many commands to Redis, step by step, so that others' commands come in
 * between; and no longer than the web server waits. */
#ifndef API_ADMIN_STEPS_H
#define API_ADMIN_STEPS_H

#include "fcgi-api/exchange.h"
#include "lib/redis/actor.h"

enum {
    STEPS_MS = 20000 /* after that no other step is begun: web servers wait for 60 s */
};

/* The begin of all steps. A request of the program itself may take any time. */
int64_t steps_begin(const struct exchange *ex);
bool steps_are_over(int64_t begun_ms);

/* Answers that there was no time for all of it: 503, with what is done as data: JSON. */
void steps_say_cut(struct exchange *ex, struct str data);
void steps_say_cut_at(struct exchange *ex, int64_t done);

/* Takes the user's messages out of the list. reply: to the first cmd_admin_purge(). Returns
 * how many it took, or -1: it was refused or cut, or Redis failed; the response says so. */
int64_t steps_purge(struct exchange *ex, const struct cmd_actor *actor, struct str group,
                    struct str user, const struct reply *reply);

#endif
