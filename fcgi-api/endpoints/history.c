/* history.c - what the endpoints that show messages share. */
#include "fcgi-api/endpoints/history.h"

#include "lib/codec.h"
#include "lib/garbage.h"
#include "lib/hash.h"
#include "lib/message.h"
#include "lib/redis/commands.h"

void
history_ask_before(struct exchange *ex)
{
    struct str sender = exchange_id(ex, "userId");
    struct str group = exchange_id(ex, "groupId");
    int64_t ts = exchange_int(ex, "ts", 0, MESSAGE_TS_MAX);
    int64_t count = exchange_int(ex, "count", 0, HISTORY_MAX);

    if (ex->fault == 0) {
        cmd_list_before(ex->argv, ex->config, ex->request->user, ex->token, group, sender, ts,
                        count);
    }
}

void
history_answer(struct exchange *ex, const char *msg, const struct reply *reply)
{
    static struct garbage garbage; /* of this process */
    struct str group = form_get(ex->form, "groupId");
    struct text data, message;
    bool any = false;

    text_init(&data);
    text_init(&message);
    if (reply_type(reply) == REPLY_LIST) {
        text_add_str(&data, "[");
        for (size_t i = 0; i < reply_count(reply); i++) {
            struct str entry = codec_decode(reply_text(reply_at(reply, i)));

            text_clear(&message);
            if (!message_recode(&message, group, entry, NULL)) {
                garbage_note(&garbage, group, entry, hash_bytes(entry));
                continue;
            }
            text_add_str(&data, any ? "," : "");
            text_add_json(&data, text_str(&message));
            any = true;
        }
        text_add_str(&data, "]");
    }
    response_envelope(ex->response, CODE_OK, str_of(msg), text_str(&data));
    text_fini(&data);
    text_fini(&message);
}
