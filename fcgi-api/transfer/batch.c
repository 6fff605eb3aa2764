/* batch.c - stores the entries of an import, in batches.
 *
 * Each batch tells import.lua how the list has to be before it: its length and its newest entry. So
 * no batch is stored twice, nor behind a gap, nor among what others write. */
#include "fcgi-api/transfer/batch.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/config/number.h"

enum {
    DAY_MS = 86400000
};

static void
batch_wait_from_now(struct batches *b)
{
    b->wire.deadline_ms = clock_ms() + b->config->redis.timeout_ms;
}

static void
batch_set_newest(struct batch_end *end, struct str entry)
{
    size_t cut = entry.len > CMD_IMPORT_MARK_BYTES ? entry.len - CMD_IMPORT_MARK_BYTES : 0;

    end->newest_len = entry.len - cut;
    if (end->newest_len > 0) {
        memcpy(end->newest, entry.p + cut, end->newest_len);
    }
}

static bool
batch_is_same(const struct batch_end *a, const struct batch_end *b)
{
    return a->length == b->length &&
           str_equal(str_make(a->newest, a->newest_len), str_make(b->newest, b->newest_len));
}

/* ---- how the list is ---- */

static enum batch_result
batch_ask(struct batches *b)
{
    batch_wait_from_now(b);
    if (!wire_exchange(&b->wire, &b->argv)) {
        return BATCH_AWAY;
    }
    return reply_type(b->wire.reply) == REPLY_ERROR ? BATCH_ERROR : BATCH_OK;
}

static enum batch_result
batch_ask_list(struct batches *b, struct batch_end *end)
{
    enum batch_result result;

    cmd_admin_length(&b->argv, b->config, b->group);
    result = batch_ask(b);
    if (result != BATCH_OK) {
        return result;
    }
    end->length = reply_int(b->wire.reply);
    cmd_admin_entries(&b->argv, b->config, b->group, -1, -1);
    result = batch_ask(b);
    if (result == BATCH_OK) {
        batch_set_newest(end, reply_count(b->wire.reply) == 1
                                  ? reply_text(reply_at(b->wire.reply, 0))
                                  : str_make("", 0));
    }
    return result;
}

static enum batch_result
batch_connect(struct batches *b)
{
    struct str answer;
    const char *why;

    batch_wait_from_now(b);
    if (!wire_open(&b->wire, &why, &answer)) {
        return reply_type(b->wire.reply) == REPLY_ERROR ? BATCH_ERROR : BATCH_AWAY;
    }
    cmd_load(&b->argv, b->config, SCRIPT_IMPORT);
    return batch_ask(b);
}

/* Redis' clock, and how far ahead of it a ts may be. */
static enum batch_result
batch_ask_time(struct batches *b)
{
    enum batch_result result;
    int64_t seconds = 0;

    cmd_admin_time(&b->argv);
    result = batch_ask(b);
    if (result == BATCH_OK && reply_count(b->wire.reply) == 2 &&
        number_parse(reply_text(reply_at(b->wire.reply, 0)), 0, INT64_MAX / 1000, &seconds)) {
        b->counts_to = seconds * 1000 + DAY_MS;
    }
    return result;
}

enum batch_result
batches_init(struct batches *b, const struct config *config, const struct place *place,
             struct str group, int64_t line)
{
    enum batch_result result;

    *b = (struct batches){.config = config, .group = group};
    wire_init(&b->wire, config);
    if (place != NULL) {
        wire_set_place(&b->wire, place);
    }
    argv_init(&b->argv);
    argv_init(&b->next);
    b->ends[0].line = line - 1;
    token_make(b->token);
    result = batch_connect(b);
    if (result == BATCH_OK) {
        result = batch_ask_time(b);
    }
    return result == BATCH_OK ? batch_ask_list(b, &b->ends[0]) : result;
}

void
batches_fini(struct batches *b)
{
    argv_fini(&b->next);
    argv_fini(&b->argv);
    wire_fini(&b->wire);
}

int64_t
batches_length(const struct batches *b)
{
    return b->ends[0].length;
}

int64_t
batches_line(const struct batches *b)
{
    return b->ends[0].line;
}

struct str
batches_complaint(const struct batches *b)
{
    return reply_complaint(b->wire.reply);
}

/* ---- replies ---- */

/* So many more of the batches under way are stored. */
static void
batch_settle(struct batches *b, size_t stored)
{
    memmove(b->ends, b->ends + stored, (b->under_way + 1 - stored) * sizeof(b->ends[0]));
    b->under_way -= stored;
}

/* The connection has failed: the list itself tells which batches are stored, once none can come any
 * more. */
static void
batch_find_out(struct batches *b)
{
    struct batch_end now = {0};

    wire_close(&b->wire);
    b->is_unsure = b->under_way > 0;
    if (!b->is_unsure || batch_connect(b) != BATCH_OK) {
        return;
    }
    cmd_admin_import_stop(&b->argv, b->config, b->group);
    if (batch_ask(b) != BATCH_OK || batch_ask_list(b, &now) != BATCH_OK) {
        return;
    }
    for (size_t i = 0; i <= b->under_way && b->is_unsure; i++) {
        if (batch_is_same(&b->ends[i], &now)) {
            batch_settle(b, i);
            b->is_unsure = false;
        }
    }
}

/* Waits for the reply of the oldest batch under way. If the connection fails, finds out. */
static enum batch_result
batch_receive(struct batches *b)
{
    batch_wait_from_now(b);
    if (!wire_receive(&b->wire)) {
        batch_find_out(b);
        return BATCH_AWAY;
    }
    if (reply_type(b->wire.reply) == REPLY_ERROR) {
        return BATCH_ERROR;
    }
    if (reply_int(b->wire.reply) < 0) {
        return reply_int(b->wire.reply) == CMD_NOT_ALONE ? BATCH_ENTERED : BATCH_CHANGED;
    }
    batch_settle(b, 1);
    return BATCH_OK;
}

/* Takes the replies that have come, so that it is known at any time what is stored. */
static enum batch_result
batch_receive_ready(struct batches *b)
{
    enum batch_result result = BATCH_OK;

    while (result == BATCH_OK && !wire_is_open(&b->wire)) { /* there is something to read */
        result = batch_receive(b);
    }
    return result;
}

/* ---- batches ---- */

_Static_assert((int)BATCH_ENTRIES <= (int)CMD_IMPORT_MAX, "the script takes no more");

/* The list behind the batch that is being filled. */
static void
batch_set_end(struct batches *b, int64_t line)
{
    const struct batch_end *before = &b->ends[b->under_way];
    struct batch_end *end = &b->ends[b->under_way + 1];
    int64_t kept = b->config->message.max_count;

    end->length = before->length + (int64_t)b->entries;
    end->length = kept > 0 && end->length > kept ? kept : end->length;
    batch_set_newest(end, argv_word(&b->next, b->entries - 1));
    end->line = line;
}

static enum batch_result
batch_send(struct batches *b, int64_t line)
{
    const struct batch_end *before = &b->ends[b->under_way];
    struct cmd_import_args args = {
        .group = b->group,
        .token = str_of(b->token),
        .length = before->length,
        .newest = str_make(before->newest, before->newest_len),
        .highest = b->highest,
    };

    cmd_admin_import_begin(&b->argv, b->config, &args);
    argv_add_words(&b->argv, &b->next, 0);
    batch_set_end(b, line);
    argv_clear(&b->next);
    b->entries = 0;
    b->bytes = 0;
    batch_wait_from_now(b);
    if (!wire_send(&b->wire, &b->argv)) { /* a part of a command does nothing */
        batch_find_out(b);
        return BATCH_AWAY;
    }
    b->under_way++;
    return BATCH_OK;
}

static enum batch_result
batch_start(struct batches *b)
{
    cmd_admin_import_start(&b->argv, b->config, b->group, str_of(b->token));
    b->has_begun = true;
    return batch_ask(b);
}

/* Sends what was added, with room for it. */
static enum batch_result
batch_flush(struct batches *b, int64_t line)
{
    enum batch_result result = b->has_begun ? batch_receive_ready(b) : batch_start(b);

    if (result == BATCH_OK && b->under_way == BATCH_UNDER_WAY) {
        result = batch_receive(b);
    }
    return result == BATCH_OK ? batch_send(b, line) : result;
}

enum batch_result
batches_add(struct batches *b, struct str entry, int64_t ts, int64_t line)
{
    cmd_admin_import_add(&b->next, b->config, entry);
    b->entries++;
    b->bytes += entry.len;
    b->last_line = line;
    if (ts > b->highest && ts < b->counts_to) {
        b->highest = ts;
    }
    if (b->entries < BATCH_ENTRIES && b->bytes < BATCH_BYTES) {
        return BATCH_OK;
    }
    return batch_flush(b, line);
}

enum batch_result
batches_end(struct batches *b)
{
    enum batch_result result = b->entries > 0 ? batch_flush(b, b->last_line) : BATCH_OK;

    while (result == BATCH_OK && b->under_way > 0) {
        result = batch_receive(b);
    }
    return result;
}

enum batch_result
batches_note(struct batches *b, const char *operator_name, int64_t count)
{
    const struct cmd_actor actor = {.user = str_make("", 0), .name = str_of(operator_name)};

    if (b->wire.resp == NULL) {
        return BATCH_AWAY;
    }
    cmd_admin_import_end(&b->argv, b->config, &actor, b->group, str_of(b->token), count);
    return batch_ask(b);
}
