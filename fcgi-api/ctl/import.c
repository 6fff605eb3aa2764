/* import.c - the messages of an export go into a group. */
#include "fcgi-api/ctl/import.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fcgi-api/ctl/complain.h"
#include "fcgi-api/ctl/output.h"
#include "fcgi-api/ctl/progress.h"
#include "fcgi-api/store/store.h"
#include "fcgi-api/transfer/batch.h"
#include "fcgi-api/transfer/lines.h"
#include "lib/message.h"

struct import {
    struct ctl *ctl;
    const struct args *args;
    struct str group;
    struct lines lines;
    struct batches batches;
    struct progress progress;
    struct text message;
    int64_t total; /* lines of the file; 0: not known */
};

/* ---- lines ---- */

static enum ctl_exit
import_complain_line(struct import *im, const char *what)
{
    progress_clear(&im->progress);
    complain("line %" PRId64 ": %s", im->lines.number, what);
    return CTL_USAGE;
}

/* Takes the next line that is wanted, as a message of the group. *end: there is none. */
static enum ctl_exit
import_next(struct import *im, int64_t *ts, bool *end)
{
    struct str line;

    for (;;) {
        switch (lines_next(&im->lines, &line)) {
        case LINES_END:
            *end = true;
            return CTL_DONE;
        case LINES_TOO_LONG:
            return import_complain_line(im, "is longer than 16 MiB");
        case LINES_BROKEN:
            return import_complain_line(im, strerror(errno));
        case LINES_LINE:
        case LINES_RESULT__MAX:
            break;
        }
        if (im->lines.number < im->args->opt.from) {
            continue;
        }
        text_clear(&im->message);
        if (message_recode(&im->message, im->group, line, ts)) {
            return CTL_DONE;
        }
        return import_complain_line(
            im, "no message: must be JSON with userId, info and ts, as export writes it");
    }
}

/* All lines of a file before the first one is stored. */
static enum ctl_exit
import_check(struct import *im)
{
    enum ctl_exit exit = CTL_DONE;
    bool end = false;
    int64_t ts;

    if (!lines_rewind(&im->lines)) {
        return CTL_DONE; /* a pipe */
    }
    while (exit == CTL_DONE && !end) {
        exit = import_next(im, &ts, &end);
    }
    if (exit == CTL_DONE) {
        im->total = im->lines.number - 1;
        (void)lines_rewind(&im->lines);
    }
    return exit;
}

/* ---- what went wrong ---- */

static enum ctl_exit
import_complain(struct import *im, enum batch_result result)
{
    struct str why = batches_complaint(&im->batches);

    progress_clear(&im->progress);
    switch (result) {
    case BATCH_CHANGED:
        complain("refused: somebody else has written to the room meanwhile");
        return CTL_REFUSED;
    case BATCH_ENTERED:
        complain("refused: clients are in the room, and would not see what is imported");
        return CTL_REFUSED;
    case BATCH_ERROR:
        complain("Redis answers: %.*s", (int)why.len, why.p);
        return CTL_AWAY;
    case BATCH_AWAY:
        complain("Redis cannot be reached");
        return CTL_AWAY;
    case BATCH_OK:
    case BATCH_RESULT__MAX:
        break;
    }
    return CTL_DONE;
}

/* How far it came, for whoever wants to go on. */
static void
import_tell_place(const struct import *im)
{
    int64_t line = batches_line(&im->batches);
    const struct batch_end *last = &im->batches.ends[im->batches.under_way];

    if (im->batches.is_unsure) {
        complain("lines up to %" PRId64 " are stored, and maybe others up to %" PRId64
                 ": look at the end of `fastimctl history`",
                 line, last->line);
    } else if (line < im->args->opt.from) {
        complain("nothing was stored");
    } else {
        complain("lines up to %" PRId64 " are stored; --append --from %" PRId64
                 " goes on behind them",
                 line, line + 1);
    }
}

/* ---- the import ---- */

static enum ctl_exit
import_lines(struct import *im, int64_t *count)
{
    enum batch_result result = BATCH_OK;
    enum ctl_exit exit = CTL_DONE;
    bool end = false;
    int64_t ts;

    while (result == BATCH_OK) {
        exit = import_next(im, &ts, &end);
        if (exit != CTL_DONE || end) {
            break;
        }
        result = batches_add(&im->batches, text_str(&im->message), ts, im->lines.number);
        ++*count;
        progress_say(&im->progress, *count, im->total - im->args->opt.from + 1);
    }
    if (result == BATCH_OK) { /* also if a line is wrong: those before it are stored */
        result = batches_end(&im->batches);
    }
    return result == BATCH_OK ? exit : import_complain(im, result);
}

static void
import_tell_done(struct import *im, int64_t count)
{
    int64_t kept = im->ctl->config->message.max_count;
    struct output out;

    if (kept > 0 && batches_length(&im->batches) == kept) {
        complain("the room keeps its newest %" PRId64 " messages: im.groupMessage.maxCount", kept);
    }
    if (im->args->opt.json) {
        printf("{\"imported\":%" PRId64 "}\n", count);
        return;
    }
    output_init(&out, "imported", im->ctl->is_screen);
    output_add_int(&out, count);
    output_fini(&out);
}

/* On a cluster a question tells which node has the group. */
static enum batch_result
import_begin(struct import *im)
{
    const struct reply *reply;
    struct place place;
    struct argv argv;
    bool has_place = false;

    argv_init(&argv);
    if (config_is_cluster(&im->ctl->config->redis)) {
        cmd_admin_length(&argv, im->ctl->config, im->group);
        has_place = store_ask(im->ctl->store, &argv, STORE_REPEAT, &reply) == STORE_OK &&
                    store_place(im->ctl->store, argv.slot, &place);
    }
    argv_fini(&argv);
    return batches_init(&im->batches, im->ctl->config, has_place ? &place : NULL, im->group,
                        im->args->opt.from);
}

/* On a cluster the note is a step of its own. */
static enum batch_result
import_note(struct import *im, int64_t count)
{
    enum batch_result result = batches_note(&im->batches, im->ctl->operator_name, count);
    const struct reply *reply;

    for (size_t i = 0; i < im->batches.argv.step_count && result == BATCH_OK; i++) {
        result =
            store_ask(im->ctl->store, im->batches.argv.steps[i], STORE_ONCE, &reply) == STORE_OK
                ? BATCH_OK
                : BATCH_AWAY;
    }
    return result;
}

static enum ctl_exit
import_run(struct import *im)
{
    enum batch_result result = import_begin(im);
    int64_t length = batches_length(&im->batches), count = 0;
    enum ctl_exit exit;

    if (result != BATCH_OK) {
        return import_complain(im, result);
    }
    if (length > 0 && !im->args->opt.append) {
        complain("refused: the room has %" PRId64 " messages; --append puts these behind them",
                 length);
        return CTL_REFUSED;
    }
    exit = import_lines(im, &count);
    progress_clear(&im->progress);
    if (exit != CTL_DONE) {
        import_tell_place(im);
    }
    if (batches_line(&im->batches) >= im->args->opt.from) {
        count = batches_line(&im->batches) - im->args->opt.from + 1;
        result = import_note(im, count);
        exit = exit == CTL_DONE ? import_complain(im, result) : exit;
    }
    if (exit == CTL_DONE) {
        import_tell_done(im, count);
    }
    return exit;
}

enum ctl_exit
import_command(struct ctl *ctl, const struct args *args)
{
    struct import im = {.ctl = ctl, .args = args, .group = args_get(args, "groupId")};
    enum ctl_exit exit;

    lines_init(&im.lines, STDIN_FILENO);
    progress_init(&im.progress, "import");
    text_init(&im.message);
    exit = import_check(&im);
    if (exit == CTL_DONE) {
        exit = import_run(&im);
        batches_fini(&im.batches);
    }
    text_fini(&im.message);
    lines_fini(&im.lines);
    return exit;
}
