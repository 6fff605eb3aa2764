/* alive.c - is a client alive: its pings, and whether it takes what there is for it. */
#include "push-daemon/client/alive.h"

#include "push-daemon/client/session.h"
#include "push-daemon/frames/form.h"

void
alive_ping(struct session *s)
{
    s->last_ping_ms = env_now_ms(s->owner->env);
    if (!outbox_is_inside(
            &s->outbox)) { /* if not taken, its socket is full: the next one will do */
        (void)ws_write_whole(s->ws, s->kind->form->ping);
    }
}

int64_t
alive_stalled_ms(struct session *s)
{
    struct ws_progress progress = ws_progress(s->ws);
    int64_t now = env_now_ms(s->owner->env);

    if (!progress.waits || progress.acked != s->acked) {
        s->acked = progress.acked;
        s->last_taken_ms = now;
    }
    return now - s->last_taken_ms;
}
