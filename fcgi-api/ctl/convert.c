/* convert.c - all that stands in Redis becomes plain, or as the Java original has it. */
#include "fcgi-api/ctl/convert.h"

#include <inttypes.h>
#include <stdio.h>

#include "fcgi-api/ctl/complain.h"
#include "fcgi-api/ctl/output.h"
#include "fcgi-api/ctl/progress.h"
#include "fcgi-api/store/wire.h"
#include "lib/clock.h"
#include "lib/redis/commands_admin.h"

enum {
    STEP_MS = 120000 /* longest wait for a step: a set may have millions of members */
};

struct convert {
    struct ctl *ctl;
    const char *aim;
    struct wire wire;
    struct argv argv;
    struct text cursor;
    struct progress progress;
    int64_t count; /* values turned */
    int64_t left;  /* values that cannot be */
};

/* ---- questions ---- */

static enum ctl_exit
convert_away(struct convert *cv, struct str answer)
{
    progress_clear(&cv->progress);
    complain("Redis cannot be reached, or answers an error: %.*s", (int)answer.len, answer.p);
    return CTL_AWAY;
}

/* cv->argv has the command. */
static enum ctl_exit
convert_ask(struct convert *cv)
{
    cv->wire.deadline_ms = clock_ms() + STEP_MS;
    if (!wire_exchange(&cv->wire, &cv->argv) || reply_type(cv->wire.reply) == REPLY_ERROR) {
        return convert_away(cv, reply_complaint(cv->wire.reply));
    }
    return CTL_DONE;
}

static enum ctl_exit
convert_connect(struct convert *cv)
{
    const char *why;
    struct str answer;

    cv->wire.deadline_ms = clock_ms() + cv->ctl->config->redis.timeout_ms;
    return wire_open(&cv->wire, &why, &answer) ? CTL_DONE : convert_away(cv, answer);
}

/* ---- who else is there ---- */

static enum ctl_exit
convert_look_for_hosts(struct convert *cv)
{
    enum ctl_exit exit;

    cmd_admin_hosts(&cv->argv, cv->ctl->config);
    (void)cmd_make_eval(&cv->argv);
    exit = convert_ask(cv);
    if (exit == CTL_DONE && reply_count(cv->wire.reply) > 0) {
        complain("refused: %zu fastim-pushd run; stop all hosts, fastim-api as well",
                 reply_count(cv->wire.reply) / 2);
        return CTL_REFUSED;
    }
    return exit;
}

static enum ctl_exit
convert_look_for_java(struct convert *cv)
{
    enum ctl_exit exit;

    cmd_admin_patterns(&cv->argv);
    exit = convert_ask(cv);
    if (exit == CTL_DONE && reply_int(cv->wire.reply) > 0) {
        complain("refused: a program listens by PSUBSCRIBE, as Java hosts do; stop them");
        return CTL_REFUSED;
    }
    return exit;
}

/* ---- steps ---- */

static enum ctl_exit
convert_step(struct convert *cv, const char *step)
{
    cmd_admin_convert(&cv->argv, cv->ctl->config, cv->aim, step, text_str(&cv->cursor));
    (void)cmd_make_eval(&cv->argv);
    return convert_ask(cv);
}

/* A step that turns values. late: lists that are put off now. */
static enum ctl_exit
convert_turn(struct convert *cv, const char *step, int64_t *late)
{
    enum ctl_exit exit = convert_step(cv, step);

    if (exit == CTL_DONE) {
        struct str next = reply_text(reply_at(cv->wire.reply, 0));

        text_clear(&cv->cursor);
        text_add(&cv->cursor, next.p, next.len);
        cv->count += reply_int(reply_at(cv->wire.reply, 1));
        cv->left += reply_int(reply_at(cv->wire.reply, 2));
        *late = reply_int(reply_at(cv->wire.reply, 3));
        progress_say(&cv->progress, cv->count, 0);
    }
    return exit;
}

/* All lists that are put off. */
static enum ctl_exit
convert_lists(struct convert *cv)
{
    enum ctl_exit exit;
    int64_t late;

    do {
        exit = convert_turn(cv, "lists", &late);
    } while (exit == CTL_DONE && late > 0);
    return exit;
}

/* All keys. */
static enum ctl_exit
convert_scan(struct convert *cv, const char *step)
{
    enum ctl_exit exit;
    int64_t late;

    text_clear(&cv->cursor);
    text_add_str(&cv->cursor, "0");
    exit = convert_lists(cv); /* of a conversion that was interrupted */
    while (exit == CTL_DONE) {
        exit = convert_turn(cv, step, &late);
        exit = exit == CTL_DONE && late > 0 ? convert_lists(cv) : exit;
        if (str_is(text_str(&cv->cursor), "0")) {
            break;
        }
    }
    return exit;
}

static enum ctl_exit
convert_run(struct convert *cv)
{
    enum ctl_exit exit = convert_step(cv, "begin");
    struct str next = exit == CTL_DONE ? reply_text(cv->wire.reply) : str_of("");
    bool looks = str_is(next, "look"), turns = looks || str_is(next, "turn");

    if (exit == CTL_DONE && !turns && !str_is(next, "done")) {
        complain("refused: a conversion to %.*s was interrupted; end that first", (int)next.len,
                 next.p);
        return CTL_REFUSED;
    }
    if (exit == CTL_DONE && looks) {
        exit = convert_scan(cv, "look");
    }
    if (exit == CTL_DONE && turns) {
        exit = convert_scan(cv, "turn");
    }
    if (exit == CTL_DONE && turns) {
        exit = convert_step(cv, "end");
    }
    return exit;
}

static void
convert_tell(struct convert *cv, const struct args *args)
{
    struct output out;

    if (cv->left > 0) {
        complain("%" PRId64 " values are of neither form and stay as they are", cv->left);
    }
    if (args->opt.json) {
        printf("{\"converted\":%" PRId64 ",\"left\":%" PRId64 "}\n", cv->count, cv->left);
        return;
    }
    output_init(&out, "converted left", cv->ctl->is_screen);
    output_add_int(&out, cv->count);
    output_add_int(&out, cv->left);
    output_fini(&out);
}

enum ctl_exit
convert_command(struct ctl *ctl, const struct args *args)
{
    struct convert cv = {.ctl = ctl, .aim = args_get(args, "form").p};
    enum ctl_exit exit;

    if (config_is_cluster(&ctl->config->redis)) {
        complain("refused: on a Redis Cluster values are always plain");
        return CTL_REFUSED;
    }
    if (*ctl->config->redis.prefix != '\0') {
        complain("refused: with redis.prefix values are always plain");
        return CTL_REFUSED;
    }
    wire_init(&cv.wire, ctl->config);
    cv.wire.takes_any_encoding = true;
    argv_init(&cv.argv);
    text_init(&cv.cursor);
    progress_init(&cv.progress, "convert");
    exit = convert_connect(&cv);
    exit = exit == CTL_DONE ? convert_look_for_hosts(&cv) : exit;
    exit = exit == CTL_DONE ? convert_look_for_java(&cv) : exit;
    exit = exit == CTL_DONE ? convert_run(&cv) : exit;
    progress_clear(&cv.progress);
    if (exit == CTL_DONE) {
        convert_tell(&cv, args);
    }
    text_fini(&cv.cursor);
    argv_fini(&cv.argv);
    wire_fini(&cv.wire);
    return exit;
}
