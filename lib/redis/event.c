/* event.c - what one process tells the daemons on the channels of events, as JSON. */
#include "lib/redis/event.h"

void
event_add_close(struct text *out, struct str user, int code, const char *reason)
{
    text_add_str(out, "{\"do\":\"close\",\"userId\":");
    text_add_json(out, user);
    text_add_str(out, ",\"code\":");
    text_add_int(out, code);
    text_add_str(out, ",\"reason\":");
    text_add_json(out, str_of(reason));
    text_add_str(out, "}");
}
