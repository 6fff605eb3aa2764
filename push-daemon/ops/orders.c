/* orders.c - what all daemons are told. */
#include "push-daemon/ops/orders.h"

#include "lib/redis/event.h"
#include "push-daemon/client/auth_events.h"
#include "push-daemon/words/words.h"

void
orders_on_event(struct orders *o, struct str json)
{
    struct event e;

    event_read(&e, json);
    switch (e.kind) {
    case EVENT_CLOSE:
        auth_on_logout(o->auth, text_str(&e.user));
        break;
    case EVENT_BAN:
        auth_on_ban(o->auth, str_make("", 0), &e);
        break;
    case EVENT_WORDS:
        words_on_change(o->words);
        break;
    case EVENT_UNKNOWN:
    case EVENT_DURABLE:
    case EVENT_PASSING:
    case EVENT_SETTINGS:
    case EVENT_YOU:
    case EVENT_PRESENCE:
        break;
    }
    event_fini(&e);
}
