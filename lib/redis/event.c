/* event.c - what one process tells the daemons on the channels of events, as JSON. */
#include "lib/redis/event.h"

#include "lib/ids.h"
#include "lib/json.h"

enum {
    EVENT_DEPTH_MAX = 8,
    EVENT_ONLINE_MAX = 1 << 30
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

/* ---- presence ---- */

static void
event_add_ids(struct text *out, struct str ids)
{
    text_add_str(out, ids.len > 0 ? "[\"" : "[");
    for (const char *p = ids.p, *end = p + ids.len; p < end;) {
        const char *slash = memchr(p, '/', (size_t)(end - p));

        text_add(out, p, (size_t)((slash != NULL ? slash : end) - p));
        text_add_str(out, slash != NULL ? "\",\"" : "");
        p = slash != NULL ? slash + 1 : end;
    }
    text_add_str(out, ids.len > 0 ? "\"]" : "]");
}

void
event_add_online(struct text *out, int64_t online, struct str ids)
{
    text_add_str(out, "\"online\":");
    text_add_int(out, online);
    if (ids.p != NULL) {
        text_add_str(out, ",\"users\":");
        event_add_ids(out, ids);
    }
}

void
event_add_presence(struct text *out, int64_t online, struct str ids)
{
    text_add_str(out, "{\"do\":\"presence\",");
    event_add_online(out, online, ids);
    text_add_str(out, "}");
}

bool
event_read_presence(struct str event, int64_t *online, bool *named,
                    void (*take)(void *arg, struct str id), void *arg)
{
    struct json_object *root;
    struct str what;
    double number;
    bool ok;

    if (!json_parse(&root, event, EVENT_DEPTH_MAX)) {
        return false;
    }
    *named = json_has(root, "users");
    ok = json_get_text(root, "do", &what) && str_is(what, "presence") &&
         json_get_number(root, "online", &number) && number >= 0 && number <= EVENT_ONLINE_MAX &&
         (!*named || json_get_texts(root, "users", take, arg));
    *online = ok ? (int64_t)number : 0;
    json_free(root);
    return ok;
}
