/* event.c - what one process tells the daemons on the channels of events, as JSON. */
#include "lib/redis/event.h"

#include "lib/ids.h"
#include "lib/json.h"

enum {
    EVENT_DEPTH_MAX = 8
};

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

bool
event_read_close(struct str event, struct text *user)
{
    struct json_object *root;
    struct str what, id;
    bool is_close;

    if (!json_parse(&root, event, EVENT_DEPTH_MAX)) {
        return false;
    }
    is_close = json_get_text(root, "do", &what) && str_is(what, "close") &&
               json_get_text(root, "userId", &id) && id_valid(id);
    if (is_close) {
        text_add(user, id.p, id.len);
    }
    json_free(root);
    return is_close;
}
