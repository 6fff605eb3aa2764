/* polling.c - when the list of a group is read whose slot is on the move. */
#include "push-daemon/room/polling.h"

/* If the answer is lost, or an error, this counts. */
void
polling_asked(struct polling *p, int64_t now_ms)
{
    p->asked_ms = now_ms;
    p->due_ms = now_ms + POLLING_MS;
}

void
polling_answered(struct polling *p, int64_t now_ms)
{
    int64_t pause_ms = now_ms - p->asked_ms;

    pause_ms = pause_ms < POLLING_MAX_MS ? pause_ms : POLLING_MAX_MS;
    if (now_ms + pause_ms > p->due_ms) {
        p->due_ms = now_ms + pause_ms;
    }
}
