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

#define SETTINGS_BEGIN "{\"type\":\"settings\",\"settings\":"

void
event_add_settings(struct text *out, struct str settings)
{
    text_add_str(out, SETTINGS_BEGIN);
    text_add(out, settings.p, settings.len);
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

/* It may become one line of an event stream. fastim writes no control characters. */
bool
event_may_be_passed_on(struct str json)
{
    for (size_t i = 0; i < json.len; i++) {
        if ((unsigned char)json.p[i] < 0x20) {
            return false;
        }
    }
    return json_is_strict(json);
}

/* It has to be written as fastim writes it, as the object goes on by itself. */
static void
event_read_settings(struct event *e, struct str json)
{
    size_t before = strlen(SETTINGS_BEGIN);
    struct str inner;
    struct json_object *root;

    if (json.len <= before + 1 || memcmp(json.p, SETTINGS_BEGIN, before) != 0 ||
        json.p[before] != '{') {
        return;
    }
    inner = str_make(json.p + before, json.len - before - 1);
    if (json_parse(&root, inner, EVENT_DEPTH_MAX)) {
        e->kind = EVENT_SETTINGS;
        e->settings = inner;
        json_free(root);
    }
}

static void
event_read_frame(struct event *e, const struct json_object *root, struct str type, struct str json)
{
    static const char *const durable[] = {"recall", "purge", "clear", "notice"};
    double at;

    if (event_is_one_of(type, durable, sizeof(durable) / sizeof(durable[0]))) {
        if (json_get_number(root, "at", &at) && at >= 1 && at <= (double)MESSAGE_TS_MAX) {
            e->kind = EVENT_DURABLE;
            e->at = (int64_t)at;
        }
    } else if (str_is(type, "settings")) {
        event_read_settings(e, json);
    } else if (str_is(type, "signal")) {
        e->kind = EVENT_PASSING;
    }
}

/* Whose event is it? */
static bool
event_read_user(struct event *e, const struct json_object *root)
{
    struct str user;

    if (!json_get_text(root, "userId", &user) || !id_valid(user)) {
        return false;
    }
    text_add(&e->user, user.p, user.len);
    return true;
}

static void
event_read_ban(struct event *e, const struct json_object *root)
{
    struct str address;
    double retry_ms;

    if (event_read_user(e, root) ||
        (!json_has(root, "userId") && json_get_text(root, "address", &address) &&
         address_parse(&e->address, address))) {
        e->kind = EVENT_BAN;
        if (json_get_number(root, "retryAfter", &retry_ms) && retry_ms >= 1 &&
            retry_ms <= (double)MESSAGE_TS_MAX) {
            e->retry_ms = (int64_t)retry_ms;
        }
    }
}

static void
event_read_order(struct event *e, const struct json_object *root, struct str what)
{
    double code;

    if (str_is(what, "presence")) {
        e->kind = EVENT_PRESENCE;
    } else if (str_is(what, "words")) {
        e->kind = EVENT_WORDS;
    } else if (str_is(what, "you")) {
        e->kind = event_read_user(e, root) ? EVENT_YOU : EVENT_UNKNOWN;
    } else if (str_is(what, "close") && json_get_number(root, "code", &code) && code == 403) {
        event_read_ban(e, root);
    } else if (str_is(what, "close")) {
        e->kind = event_read_user(e, root) ? EVENT_CLOSE : EVENT_UNKNOWN;
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
            event_read_frame(e, root, word, json);
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
