/* client_frame.c - a frame from a client of fastim.v2. */
#include "push-daemon/v2/client_frame.h"

#include "lib/ids.h"
#include "lib/json.h"
#include "lib/message.h"

enum {
    DEPTH_MAX = 8 /* of keys that are not known; the known ones do not nest */
};
#define INT_MAX_V2 (MESSAGE_TS_MAX - 1) /* integers are below 2^53 */

enum need {
    OPTIONAL,
    REQUIRED
};

static void
client_frame_blame(struct client_frame *f, enum v2_error error)
{
    if (f->error == V2_ERROR__MAX) {
        f->error = error;
    }
}

/* ---- keys ---- */

static void
client_frame_text(struct client_frame *f, const char *key, enum need need, enum v2_error error,
                  struct str *out)
{
    if (!json_get_text(f->root, key, out) && (need == REQUIRED || json_has(f->root, key))) {
        client_frame_blame(f, error);
    }
}

static void
client_frame_id(struct client_frame *f, enum need need)
{
    struct str id = {NULL, 0};

    client_frame_text(f, "id", need, V2_ID, &id);
    if (id.p != NULL && !id_valid_send(id)) {
        client_frame_blame(f, V2_ID);
    } else if (id.p != NULL) {
        f->id = id;
    }
}

static void
client_frame_user(struct client_frame *f)
{
    client_frame_text(f, "userId", OPTIONAL, V2_USER, &f->user);
    if (f->user.p != NULL && !id_valid(f->user)) {
        client_frame_blame(f, V2_USER);
    }
}

static void
client_frame_int(struct client_frame *f, const char *key, enum need need, enum v2_error error,
                 int64_t min, int64_t max, int64_t *out)
{
    double n;

    if (json_get_number(f->root, key, &n) && n >= (double)min && n <= (double)max &&
        n == (double)(int64_t)n) {
        *out = (int64_t)n;
    } else if (need == REQUIRED || json_has(f->root, key)) {
        client_frame_blame(f, error);
    }
}

/* ---- types ---- */

static void
client_frame_read_auth(struct client_frame *f)
{
    client_frame_text(f, "token", REQUIRED, V2_TOKEN, &f->token);
}

static void
client_frame_read_send(struct client_frame *f)
{
    client_frame_id(f, REQUIRED);
    client_frame_text(f, "info", REQUIRED, V2_INFO, &f->info);
    if (f->info.len == 0) {
        client_frame_blame(f, V2_INFO);
    }
}

static void
client_frame_read_recall(struct client_frame *f)
{
    client_frame_id(f, OPTIONAL);
    client_frame_int(f, "ts", REQUIRED, V2_TS, 0, INT_MAX_V2, &f->ts);
    client_frame_user(f);
}

static void
client_frame_read_history(struct client_frame *f)
{
    f->count = HISTORY_COUNT_DEFAULT;
    client_frame_id(f, OPTIONAL);
    client_frame_int(f, "before", REQUIRED, V2_BEFORE, 0, INT_MAX_V2, &f->ts);
    client_frame_int(f, "count", OPTIONAL, V2_COUNT, 1, HISTORY_COUNT_MAX, &f->count);
    client_frame_user(f);
}

static void
client_frame_read_signal(struct client_frame *f)
{
    client_frame_text(f, "info", REQUIRED, V2_INFO, &f->info);
}

static void
client_frame_read_read(struct client_frame *f)
{
    client_frame_id(f, OPTIONAL);
    client_frame_int(f, "ts", REQUIRED, V2_TS, 0, INT_MAX_V2, &f->ts);
}

static void
client_frame_read_ping(struct client_frame *f)
{
    (void)f;
}

/* An id of a frame whose type is not known may stand in the answer. */
static void
client_frame_read_unknown(struct client_frame *f)
{
    struct str id;

    client_frame_blame(f, V2_TYPE);
    if (json_get_text(f->root, "id", &id) && id_valid_send(id)) {
        f->id = id;
    }
}

static const struct {
    const char *name;
    void (*read)(struct client_frame *f);
} types[] = {
    [CLIENT_AUTH] = {"auth", client_frame_read_auth},
    [CLIENT_SEND] = {"send", client_frame_read_send},
    [CLIENT_RECALL] = {"recall", client_frame_read_recall},
    [CLIENT_HISTORY] = {"history", client_frame_read_history},
    [CLIENT_SIGNAL] = {"signal", client_frame_read_signal},
    [CLIENT_READ] = {"read", client_frame_read_read},
    [CLIENT_PING] = {"ping", client_frame_read_ping},
    [CLIENT_UNKNOWN] = {"", client_frame_read_unknown},
};

bool
client_frame_read(struct client_frame *f, struct str text)
{
    struct str type;
    int i = 0;

    *f = (struct client_frame){.error = V2_ERROR__MAX};
    if (!json_parse(&f->root, text, DEPTH_MAX)) {
        return false;
    }
    if (!json_is_strict(text) || !json_get_text(f->root, "type", &type)) {
        client_frame_fini(f);
        return false;
    }
    while (i < CLIENT_UNKNOWN && !str_is(type, types[i].name)) {
        i++;
    }
    f->type = (enum client_frame_type)i;
    types[i].read(f);
    return true;
}

void
client_frame_fini(struct client_frame *f)
{
    json_free(f->root);
    f->root = NULL;
}
