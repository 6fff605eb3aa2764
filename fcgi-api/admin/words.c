/* words.c - POST /admin/words: the words of Redis that no message may have. */
#include "fcgi-api/admin/admin.h"
#include "fcgi-api/admin/listing.h"
#include "fcgi-api/admin/steps.h"
#include "lib/filter/wordset.h"
#include "lib/redis/commands_admin.h"
#include "lib/utf8.h"

/* Empty if it is not there. */
static struct str
words_parameter(struct exchange *ex, const char *name)
{
    struct str word = str_trim(form_get(ex->form, name));

    if (admin_has(ex, name) && word.len == 0) {
        exchange_fault(ex, 400, "参数错误 %s (empty)", name);
    }
    return word;
}

/* A word that no list would take is of no use there. Any may be removed. */
static void
words_check_added(struct exchange *ex, struct str word)
{
    struct wordset *set = wordset_create();
    enum word_fault fault = wordset_add(set, word);

    wordset_destroy(set);
    if (fault != WORD_TAKEN) {
        exchange_fault(ex, 400, "参数错误 add (%s)", word_fault_text(fault));
    }
}

static void
words_ask(struct exchange *ex)
{
    struct str add = words_parameter(ex, "add"), remove = words_parameter(ex, "remove");
    struct cmd_actor actor = admin_actor(ex, str_make("", 0));

    if (add.len > 0) {
        words_check_added(ex, add);
    }
    if (ex->fault == 0 && add.len == 0 && remove.len == 0) {
        cmd_words(ex->argv, ex->config, str_of("0"));
    } else if (ex->fault == 0) {
        cmd_admin_words(ex->argv, ex->config, &actor, add, add.len > 0 ? str_make("", 0) : remove);
    }
}

/* ---- the list ---- */

/* Other writers may have added anything. */
static void
words_take(struct listing *seen, struct text *out, const struct reply *words)
{
    for (size_t i = 0; i < reply_count(words); i++) {
        struct str word = reply_text(reply_at(words, i));

        if (utf8_valid(word) && listing_add(seen, word)) {
            text_add_str(out, out->len > 1 ? "," : "");
            text_add_json(out, word);
        }
    }
}

static void
words_read_all(struct exchange *ex, const struct reply *reply, struct listing *seen,
               struct text *out)
{
    int64_t begun_ms = steps_begin(ex);

    text_add_str(out, "[");
    while (admin_is_list(ex, reply, 2)) {
        struct str cursor = reply_text(reply_at(reply, 0));
        bool is_over = cursor.len == 0 || str_is(cursor, "0");

        words_take(seen, out, reply_at(reply, 1));
        if (is_over || steps_are_over(begun_ms) || listing_is_full(seen)) {
            text_add_str(out, "]");
            if (is_over) {
                admin_say_done(ex, true, text_str(out));
            } else {
                steps_say_cut(ex, text_str(out));
            }
            return;
        }
        cmd_words(ex->argv, ex->config, cursor);
        if (!exchange_ask(ex, STORE_REPEAT, &reply)) {
            return;
        }
    }
}

/* ---- changes ---- */

static void
words_say_changed(struct exchange *ex, const struct reply *done, struct str remove)
{
    bool changed = reply_int(done) == 1;
    struct cmd_actor actor = admin_actor(ex, str_make("", 0));
    const struct reply *reply;

    if (reply_int(done) == CMD_TOO_MANY) {
        response_say(ex->response, CODE_REFUSED, "屏蔽词过多 (too many words)");
        return;
    }
    if (remove.len > 0) { /* one was added before */
        cmd_admin_words(ex->argv, ex->config, &actor, str_make("", 0), remove);
        if (!exchange_ask(ex, STORE_ONCE, &reply)) {
            return;
        }
        changed = changed || reply_int(reply) == 1;
    }
    admin_say_done(ex, changed, str_make("", 0));
}

static void
words_answer(struct exchange *ex, const struct reply *reply)
{
    struct listing seen = {.items = NULL};
    struct text data;

    if (admin_has(ex, "add")) {
        words_say_changed(ex, reply, words_parameter(ex, "remove"));
    } else if (admin_has(ex, "remove")) {
        words_say_changed(ex, reply, str_make("", 0));
    } else {
        text_init(&data);
        words_read_all(ex, reply, &seen, &data);
        text_fini(&data);
        listing_fini(&seen);
    }
}

const struct endpoint ep_admin_words = {
    .method = "POST",
    .path = "/admin/words",
    .whom = FOR_OPERATORS,
    .repeat = STORE_ONCE, /* a second time it would change nothing */
    .ask = words_ask,
    .answer = words_answer,
};
