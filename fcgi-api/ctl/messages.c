/* messages.c - the messages of a group as they stand in Redis: history and export. */
#include "fcgi-api/ctl/messages.h"

#include <inttypes.h>
#include <stdio.h>

#include "fcgi-api/ctl/complain.h"
#include "fcgi-api/ctl/progress.h"
#include "fcgi-api/transfer/reader.h"
#include "lib/encoding/codec.h"
#include "lib/json.h"

enum {
    DEPTH_MAX = 4 /* of a message in fastim's form */
};

void
messages_init(struct messages *m, const struct ctl *ctl, struct str group, bool as_json)
{
    *m = (struct messages){
        .group = group,
        .encoding = (enum config_encoding)ctl->config->redis.encoding,
        .as_json = as_json,
    };
    output_init(&m->out, ctl->is_screen ? "time ts user text" : "ts user text", ctl->is_screen);
    text_init(&m->line);
}

void
messages_fini(struct messages *m)
{
    output_fini(&m->out);
    text_fini(&m->line);
}

/* m->line has the message in fastim's form. */
static void
messages_write_row(struct messages *m, int64_t ts)
{
    struct json_object *message;
    struct str user, info;

    if (json_parse(&message, text_str(&m->line), DEPTH_MAX) &&
        json_get_text(message, "userId", &user) && json_get_text(message, "info", &info)) {
        if (m->out.is_screen) {
            output_add_time(&m->out, ts);
        }
        output_add_int(&m->out, ts); /* by which it can be recalled */
        output_add(&m->out, user);
        output_add(&m->out, info);
    }
    json_free(message);
}

void
messages_write(struct messages *m, struct str entry)
{
    int64_t ts;

    text_clear(&m->line);
    if (!codec_recode(m->encoding, &m->line, m->group, entry, &ts)) {
        m->garbage++;
        return;
    }
    m->written++;
    if (m->as_json) {
        text_add(&m->line, "\n", 1);
        (void)fwrite(m->line.bytes, 1, m->line.len, stdout);
    } else {
        messages_write_row(m, ts);
    }
}

enum ctl_exit
messages_away(bool away)
{
    complain(away ? "Redis cannot be reached"
                  : "Redis answers an error: is there another thing of that name?");
    return CTL_AWAY;
}

/* Writes all that the reader has. */
static enum ctl_exit
messages_copy(struct messages *m, struct reader *r, struct progress *progress)
{
    enum reader_result result;

    while ((result = reader_next(r)) == READER_ENTRIES) {
        for (size_t i = 0; i < r->count; i++) {
            messages_write(m, reader_entry(r, i));
        }
        if (ferror(stdout)) {
            return CTL_REFUSED; /* main() says why */
        }
        progress_say(progress, m->written, r->end - r->next + m->written);
    }
    return result == READER_END ? CTL_DONE : CTL_AWAY;
}

/* What is worth a word at the end. */
static void
messages_tell(const struct messages *m, const struct reader *r)
{
    if (m->garbage > 0) {
        complain("%" PRId64 " entries of the list are no messages and were left out", m->garbage);
    }
    if (r->lost) {
        complain("the list was cut meanwhile: some of its oldest messages may be missing");
    }
}

static enum ctl_exit
messages_print(struct ctl *ctl, const struct args *args, int64_t newest, bool as_json)
{
    struct str group = args_get(args, "groupId");
    enum ctl_exit exit = CTL_AWAY;
    struct progress progress;
    struct messages m;
    struct reader r;

    progress_init(&progress, args->command->name);
    messages_init(&m, ctl, group, as_json);
    if (reader_init(&r, ctl->config, ctl->store, group, newest)) {
        exit = messages_copy(&m, &r, &progress);
    }
    progress_clear(&progress);
    messages_fini(&m);
    if (exit == CTL_AWAY) {
        (void)messages_away(r.away);
    } else if (exit == CTL_DONE) {
        messages_tell(&m, &r);
    }
    reader_fini(&r);
    return exit;
}

enum ctl_exit
messages_history(struct ctl *ctl, const struct args *args)
{
    return messages_print(ctl, args, args->opt.count >= 0 ? args->opt.count : MESSAGES_SHOWN,
                          args->opt.json);
}

enum ctl_exit
messages_export(struct ctl *ctl, const struct args *args)
{
    return messages_print(ctl, args, -1, true);
}
