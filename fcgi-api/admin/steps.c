/* steps.c - what takes many commands to Redis. */
#include "fcgi-api/admin/steps.h"

#include "fcgi-api/admin/admin.h"
#include "lib/clock.h"
#include "lib/redis/commands_admin.h"

#define CUT "未完成，请重试 (not all of it is done, try again)"

int64_t
steps_begin(const struct exchange *ex)
{
    return ex->request->operator_name.len > 0 ? INT64_MAX : clock_ms();
}

bool
steps_are_over(int64_t begun_ms)
{
    return begun_ms != INT64_MAX && clock_ms() - begun_ms > STEPS_MS;
}

void
steps_say_cut(struct exchange *ex, struct str data)
{
    response_envelope(ex->response, 503, str_of(CUT), data);
}

void
steps_say_cut_at(struct exchange *ex, int64_t done)
{
    response_say_number(ex->response, 503, CUT, done);
}

int64_t
steps_purge(struct exchange *ex, const struct cmd_actor *actor, struct str group, struct str user,
            const struct reply *reply)
{
    int64_t begun_ms = steps_begin(ex), total;
    struct str cursor;

    for (;;) {
        if (admin_is_refused(ex, reply) || !admin_is_list(ex, reply, 3)) {
            return -1;
        }
        total = reply_int(reply_at(reply, 1));
        cursor = reply_text(reply_at(reply, 2));
        if (cursor.len == 0) {
            return total;
        }
        if (steps_are_over(begun_ms)) {
            steps_say_cut_at(ex, total);
            return -1;
        }
        cmd_admin_purge(ex->argv, ex->config, actor, group, user, cursor);
        if (!exchange_ask(ex, STORE_ONCE, &reply)) {
            return -1;
        }
    }
}
