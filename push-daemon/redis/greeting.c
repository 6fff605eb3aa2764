/* greeting.c - what a new connection to Redis asks first, and which answers make it of no use. */
#include "push-daemon/redis/greeting.h"

#include "lib/redis/commands.h"

bool
greeting_command(struct argv *c, const struct config *config, const struct greeting *g,
                 enum greeting_step step)
{
    switch (step) {
    case GREETING_AUTH:
        return cmd_auth(c, config);
    case GREETING_SELECT:
        return cmd_select(c, config);
    case GREETING_ROLE:
        return cmd_role(c, config) || g->target->kind == TARGET_MASTER;
    case GREETING_ENCODING: /* on a cluster it is plain, and one node alone has that key */
        cmd_encoding(c, config);
        return g->target->kind == TARGET_REDIS;
    case GREETING_PING:
    case GREETING__MAX:
        break;
    }
    cmd_ping(c);
    return true;
}

static const char *
greeting_judge(enum greeting_step step, const struct reply *reply)
{
    if (step == GREETING_ROLE &&
        (reply_count(reply) == 0 || !str_is(reply_text(reply_at(reply, 0)), "master"))) {
        return "it is no master";
    }
    return step == GREETING_ENCODING ? cmd_encoding_refusal(reply_text(reply)) : NULL;
}

const char *
greeting_take(struct greeting *g, const struct config *config, const struct reply *reply)
{
    enum greeting_step taken;
    const char *refusal;
    struct argv c;

    argv_init(&c);
    do {
        taken = g->next++;
    } while (!greeting_command(&c, config, g, taken));
    argv_fini(&c);
    refusal = greeting_judge(taken, reply);
    if (refusal != NULL) {
        g->is_news = refusal != g->refusal;
        g->refusal = refusal;
    }
    return refusal;
}
