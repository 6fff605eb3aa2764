/* greeting.c - what a new connection to Redis asks first, and which answers make it of no use. */
#include "push-daemon/redis/greeting.h"

#include "lib/redis/commands.h"

bool
greeting_command(struct argv *c, const struct config *config, enum greeting_step step)
{
    switch (step) {
    case GREETING_AUTH:
        return cmd_auth(c, config);
    case GREETING_SELECT:
        return cmd_select(c, config);
    case GREETING_ROLE:
        return cmd_role(c, config);
    case GREETING_ENCODING:
        cmd_encoding(c, config);
        return true;
    case GREETING_PING:
    case GREETING__MAX:
        break;
    }
    cmd_ping(c);
    return true;
}

const char *
greeting_take(const struct config *config, enum greeting_step *step, const struct reply *reply)
{
    enum greeting_step taken;
    struct argv c;

    argv_init(&c);
    do {
        taken = (*step)++;
    } while (!greeting_command(&c, config, taken));
    argv_fini(&c);
    if (taken == GREETING_ROLE &&
        (reply_count(reply) == 0 || !str_is(reply_text(reply_at(reply, 0)), "master"))) {
        return "it is no master";
    }
    return taken == GREETING_ENCODING ? cmd_encoding_refusal(reply_text(reply)) : NULL;
}
