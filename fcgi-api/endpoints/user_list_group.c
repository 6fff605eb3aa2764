/* user_list_group.c - POST /user/listGroup: the ids of the user's groups, sorted. */
#include <stdlib.h>

#include "fcgi-api/endpoints/endpoint.h"
#include "lib/redis/commands.h"
#include "lib/ids.h"
#include "lib/mem.h"
#include "lib/codec.h"

static void
list_group_ask(struct exchange *ex)
{
    struct str user = exchange_user(ex);

    if (ex->fault == 0) {
        cmd_list_groups(ex->argv, ex->config, user, ex->token);
    }
}

static int
list_group_compare(const void *left, const void *right)
{
    const struct str *a = left, *b = right;
    int order = memcmp(a->p, b->p, a->len < b->len ? a->len : b->len);

    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static void
list_group_answer(struct exchange *ex, const struct reply *reply)
{
    size_t count = reply_count(reply), kept = 0;
    struct str *ids = mem_zalloc(count * sizeof(*ids));
    struct text data;

    for (size_t i = 0; i < count; i++) {
        struct str id = codec_decode(reply_text(reply_at(reply, i)));

        if (id_valid(id)) { /* other writers may have added anything */
            ids[kept++] = id;
        }
    }
    qsort(ids, kept, sizeof(*ids), list_group_compare);
    text_init(&data);
    text_add_str(&data, "[");
    for (size_t i = 0; i < kept; i++) {
        text_add_str(&data, i > 0 ? "," : "");
        text_add_json(&data, ids[i]);
    }
    text_add_str(&data, "]");
    response_envelope(ex->response, CODE_OK, str_of("操作成功"), text_str(&data));
    text_fini(&data);
    free(ids);
}

const struct endpoint ep_user_list_group = {
    .method = "POST",
    .path = "/user/listGroup",
    .ask = list_group_ask,
    .answer = list_group_answer,
};
