/* event.c - what one process tells the daemons on the channels of events, as JSON. */
#include "lib/redis/event.h"

#include "lib/ids.h"
#include "lib/json.h"
#include "lib/message.h"

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

void
event_add_ban(struct text *out, const char *key, struct str value, int64_t retry_ms)
{
    text_add_str(out, "{\"do\":\"close\",\"");
    text_add_str(out, key);
    text_add_str(out, "\":");
    text_add_json(out, value);
    text_add_str(out, ",\"code\":403,\"reason\":\"banned\"");
    if (retry_ms > 0) {
        text_add_str(out, ",\"retryAfter\":");
        text_add_int(out, retry_ms);
    }
    text_add_str(out, "}");
}

void
event_add_you(struct text *out, struct str user)
{
    text_add_str(out, "{\"do\":\"you\",\"userId\":");
    text_add_json(out, user);
    text_add_str(out, "}");
}

static bool
event_is_one_of(struct str word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_is(word, words[i])) {
            return true;
        }
    }
    return false;
}

/* All of it goes to clients, as one line of an event stream perhaps. fastim writes no control
 * characters. */
static bool
event_may_be_passed_on(struct str json)
{
    for (size_t i = 0; i < json.len; i++) {
        if ((unsigned char)json.p[i] < 0x20) {
            return false;
        }
    }
    return json_is_strict(json);
}

static void
event_read_frame(struct event *e, const struct json_object *root, struct str type)
{
    static const char *const durable[] = {"recall", "purge", "clear", "notice"};
    static const char *const passing[] = {"signal", "settings"};
    double at;

    if (event_is_one_of(type, durable, sizeof(durable) / sizeof(durable[0]))) {
        if (json_get_number(root, "at", &at) && at >= 1 && at <= (double)MESSAGE_TS_MAX) {
            e->kind = EVENT_DURABLE;
            e->at = (int64_t)at;
        }
    } else if (event_is_one_of(type, passing, sizeof(passing) / sizeof(passing[0]))) {
        e->kind = EVENT_PASSING;
    }
}

static void
event_read_order(struct event *e, const struct json_object *root, struct str what)
{
    struct str user;

    if (str_is(what, "presence")) {
        e->kind = EVENT_PRESENCE;
    } else if (str_is(what, "words")) {
        e->kind = EVENT_WORDS;
    } else if (str_is(what, "close") && json_get_text(root, "userId", &user) && id_valid(user)) {
        e->kind = EVENT_CLOSE;
        text_add(&e->user, user.p, user.len);
    }
}

void
event_read(struct event *e, struct str json)
{
    struct json_object *root;
    struct str word;

    *e = (struct event){.kind = EVENT_UNKNOWN};
    if (!json_parse(&root, json, EVENT_DEPTH_MAX)) {
        return;
    }
    if (json_get_text(root, "type", &word)) {
        if (event_may_be_passed_on(json)) {
            event_read_frame(e, root, word);
        }
    } else if (json_get_text(root, "do", &word)) {
        event_read_order(e, root, word);
    }
    json_free(root);
}

void
event_fini(struct event *e)
{
    text_fini(&e->user);
}

/* ---- presence ---- */

void
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
