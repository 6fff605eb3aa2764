/* user_list_group.c - POST /user/listGroup: the ids of the user's groups, sorted; of a JWT that is
 * for some groups, those of them. */
#include <stdlib.h>

#include "fcgi-api/endpoints/endpoint.h"
#include "lib/encoding/codec.h"
#include "lib/garbage.h"
#include "lib/ids.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"

enum {
    LIST_GROUP_MAX_BYTES = 4 << 20 /* of ids: some 100,000 groups; no further ones are shown */
};

/* The ids so far: a byte of length before each of them, one behind the other. */
struct groups {
    struct text bytes;
    size_t count;
};

static void
list_group_ask(struct exchange *ex)
{
    struct str user = exchange_user(ex);

    if (ex->fault == 0) {
        cmd_list_groups(ex->argv, ex->config, user, ex->token, str_of("0"));
    }
}

static void
list_group_take(struct exchange *ex, struct groups *g, const struct reply *ids)
{
    static struct garbage garbage; /* of this process */
    struct text scratch;

    text_init(&scratch);
    for (size_t i = 0; i < reply_count(ids) && g->bytes.len < LIST_GROUP_MAX_BYTES; i++) {
        struct str member = reply_text(reply_at(ids, i));
        struct str id =
            codec_id((enum config_encoding)ex->config->redis.encoding, &scratch, member);
        unsigned char length = (unsigned char)id.len;

        if (!id_valid(id)) { /* other writers may have added anything */
            garbage_note_id(&garbage, exchange_user(ex), member);
        } else if (exchange_may_use(ex, id)) {
            text_add(&g->bytes, &length, 1);
            text_add(&g->bytes, id.p, id.len);
            g->count++;
        }
    }
    text_fini(&scratch);
}

/* Takes the ids of this reply and of those behind it. Returns false if Redis failed; the response
 * then says so. */
static bool
list_group_take_all(struct exchange *ex, struct groups *g, const struct reply *reply)
{
    while (reply_count(reply) == 2) {
        struct str cursor = reply_text(reply_at(reply, 0));

        list_group_take(ex, g, reply_at(reply, 1));
        if (str_is(cursor, "0") || g->bytes.len >= LIST_GROUP_MAX_BYTES) {
            break;
        }
        cmd_list_groups(ex->argv, ex->config, exchange_user(ex), str_of(""), cursor);
        if (!exchange_ask(ex, STORE_REPEAT, &reply)) {
            return false;
        }
    }
    return true;
}

static int
list_group_compare(const void *left, const void *right)
{
    const struct str *a = left, *b = right;
    int order = memcmp(a->p, b->p, a->len < b->len ? a->len : b->len);

    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

/* Adds them sorted, each once. */
static void
list_group_add(struct text *out, const struct groups *g)
{
    struct str *ids = mem_zalloc((g->count + 1) * sizeof(*ids));
    const char *p = g->bytes.bytes;

    for (size_t i = 0; i < g->count; i++) {
        ids[i] = str_make(p + 1, (unsigned char)*p);
        p += 1 + ids[i].len;
    }
    qsort(ids, g->count, sizeof(*ids), list_group_compare);
    for (size_t i = 0; i < g->count; i++) {
        if (i == 0 || !str_equal(ids[i], ids[i - 1])) {
            text_add_str(out, i > 0 ? "," : "");
            text_add_json(out, ids[i]);
        }
    }
    free(ids);
}

static void
list_group_answer(struct exchange *ex, const struct reply *reply)
{
    struct groups groups = {.count = 0};
    struct text envelope;

    text_init(&groups.bytes);
    if (list_group_take_all(ex, &groups, reply)) {
        text_init(&envelope);
        response_open_envelope(&envelope, CODE_OK, str_of("操作成功"));
        text_add_str(&envelope, "[");
        list_group_add(&envelope, &groups);
        text_add_str(&envelope, "]" RESPONSE_ENVELOPE_END);
        response_take(ex->response, CODE_OK, &envelope);
    }
    text_fini(&groups.bytes);
}

const struct endpoint ep_user_list_group = {
    .method = "POST",
    .path = "/user/listGroup",
    .ask = list_group_ask,
    .answer = list_group_answer,
};
