/* test_stream_orders.c - whatever the order of events, each client of fastim.v2 shows the list: no
 * gap, no double, in order.
 *
 * It tries all orders of a few events that can happen, up to a depth, from several states of a
 * stream (a_stream.h has the letters); and some long ones by chance, which it shortens if one is
 * wrong.
 *
 *     test_stream_orders [MORE [SEED]]  MORE: so many more events, 10^MORE times as many scripts */
#include "tests/unit/push-daemon/resume/a_script.h"

static int more_depth;
static uint64_t seed = 1;

/* From where on all orders are tried. */
struct start {
    const char *script;
    const char *events; /* each letter may come as often as it stands here; s, d, x and a always */
    int depth;
    int list_num;
    int log_bytes; /* of a room */
    bool lazy;
};

struct search {
    const struct start *start;
    int depth;
    int choice[32]; /* at each step: the number of the event that is chosen */
    int enabled[32];
    char script[64]; /* what was done */
    long runs;
};

static void
make_config(struct config *config, int list_num, int log_bytes)
{
    a_config_make(config);
    config->message.list_num = list_num;
    config->push.room_log_bytes = log_bytes;
}

/* Which events can be now, and may. */
static int
list_events(struct script *s, const struct start *start, const char *done, char events[32])
{
    int count = 0;

    for (const char *e = "sdxaoirgRVpznjklLfwctXCEWPeOMNBTY"; *e != '\0'; e++) {
        int allowed = strchr("sdxa", *e) != NULL;

        for (const char *at = start->events; *at != '\0'; at++) {
            allowed += *at == *e;
        }
        for (const char *at = done; *at != '\0' && strchr("sdxa", *e) == NULL; at++) {
            allowed -= *at == *e;
        }
        if (allowed > 0 && script_can(s, *e)) {
            events[count++] = *e;
        }
    }
    return count;
}

static void
run_once(struct search *search, const struct config *config)
{
    static struct script s;
    const char *wrong;
    int length = 0;

    script_open(&s, config);
    s.stage.log.piece = 2;
    script_run(&s, search->start->script);
    s.lazy = search->start->lazy;
    search->script[0] = '\0';
    for (int i = 0; i < search->depth; i++) {
        char events[32];

        search->enabled[i] = list_events(&s, search->start, search->script, events);
        if (search->enabled[i] > 0) {
            search->script[length++] = events[search->choice[i]];
            search->script[length] = '\0';
            script_step(&s, search->script[length - 1]);
        }
    }
    search->runs++;
    wrong = script_finish(&s);
    if (*wrong != '\0') {
        fail_msg("\"%s %s\" listNum %d%s: %s", search->start->script, search->script,
                 search->start->list_num, search->start->lazy ? ", one turn" : "", wrong);
    }
}

/* The next order; false: all were tried. */
static bool
next_order(struct search *search)
{
    for (int i = search->depth - 1; i >= 0; i--) {
        if (search->choice[i] + 1 < search->enabled[i]) {
            search->choice[i]++;
            return true;
        }
        search->choice[i] = 0;
    }
    return false;
}

static long
try_all_orders(const struct start *start, int depth)
{
    struct search search = {.start = start, .depth = depth};
    struct config config;

    make_config(&config, start->list_num, start->log_bytes);
    do {
        run_once(&search, &config);
    } while (next_order(&search));
    a_config_free(&config);
    return search.runs;
}

static void
clients_show_the_list_whatever_the_order(void **state)
{
    static const struct start starts[] = {
        {"o", "ojjkl", 6, 50, 1 << 20, false},
        {"ooj S", "oRnjklc", 5, 50, 1 << 20, false},         /* a member */
        {"ooj S", "orRkljP", 5, 50, 1 << 20, true},          /* late messages */
        {"oj So l oio", "okjRV", 5, 50, 1 << 20, false},     /* one that is away */
        {"ojj So l io l n", "okkRj", 6, 50, 1 << 20, false}, /* two, at different positions */
        {"ojj S l o l r", "rokkR", 6, 50, 1 << 20, false},
        {"ojj S lnSl", "rrkko", 6, 50, 1 << 20, false}, /* one of them at an event */
        {"ojj S lc", "rrkon", 6, 50, 1 << 20, false},
        {"oj Sj S c", "onrCc", 6, 50, 1 << 20, false}, /* members that miss something */
        {"oj So l c o", "okjCE", 6, 50, 1 << 20, false},
        {"oj So l", "XokjRc", 5, 50, 1 << 20, false},
        {"ojj S l", "EokjP", 6, 50, 1 << 20, false},
        {"ogrgg", "jjogl", 6, 2, 1 << 20, false}, /* lists are too short at first */
        {"oj S l ggoogg", "jkogt", 6, 2, 1 << 20, false},
        {"oj S c", "oooonjk", 6, 50, 150, false}, /* more than can be held back */
        {"ojj S l oooo", "kjoozw", 5, 50, 300, true},
        {"oooj Sj S l", "tpzkoi", 5, 50, 1 << 20, false},
        {"oj Sj Sf", "owfRlk", 5, 50, 1 << 20, false},
        {"ojj S lco", "WWokPc", 6, 50, 1 << 20, false}, /* a list that cannot be read */
        /* the slot moves */
        {"oj S", "OMoNBT", 7, 50, 1 << 20, false},
        {"oj S OM", "oRjTNB", 6, 50, 1 << 20, false},
        {"ojj S l OM S", "orkTjB", 6, 50, 1 << 20, false}, /* one comes back, late messages */
        {"oj Sj S OMS", "onlkTr", 6, 50, 1 << 20, true},
        {"oOM", "jjoTNB", 6, 50, 1 << 20, false}, /* who comes finds it open */
        {"ojj S l OMo", "YYkTjB", 6, 50, 1 << 20, false},
        {"oj S OM So", "WcCTNB", 6, 50, 1 << 20, false},
        {"oj S OMS oN", "cjXTBo", 6, 50, 1 << 20, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        long runs = 0;

        for (int depth = 1; depth <= starts[i].depth + more_depth; depth++) { /* shortest first */
            runs += try_all_orders(&starts[i], depth);
        }
        print_message("%8ld runs from \"%s\"\n", runs, starts[i].script);
    }
}

/* ---- by chance ---- */

enum {
    CHANCES = 2000,
    LENGTH = 40
};

static unsigned
draw(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % below;
}

/* Events as they may come. What lets the others go on is the more likely. */
static void
draw_script(struct script *s, bool is_cluster, char script[LENGTH + 1])
{
    static const char of_one_redis[] = "ssssddddddddxxxxxxaaaaaaooooiirrgRVpznjjjkkkklLfwctXCEWPee";
    static const char of_a_cluster[] =
        "ssssddddddxxxxxxxxaaaaaaaaooooiirrgRVpznjjjkkkklLfwctXCWPeeOOMMNNBTTTY";
    const char *events = is_cluster ? of_a_cluster : of_one_redis;
    int length = 0;

    while (length < LENGTH) {
        char event = events[draw((unsigned)strlen(events))];
        bool is_enough = event == 'j' && s->stage.reader_count >= WORLD_CLIENTS / 2;

        if (!is_enough && script_can(s, event)) {
            script[length++] = event;
            script_step(s, event);
        }
    }
    script[length] = '\0';
}

/* What is wrong after the script; NULL: it cannot be. */
static const char *
try_script(struct script *s, const struct config *config, const char *script, bool lazy)
{
    script_open(s, config);
    s->stage.log.piece = 2;
    s->lazy = lazy;
    for (; *script != '\0'; script++) {
        if (!script_can(s, *script)) {
            script_finish(s);
            return NULL;
        }
        script_step(s, *script);
    }
    return script_finish(s);
}

/* Leaves out what is not needed for it to be wrong. */
static void
shorten_script(struct script *s, const struct config *config, char *script, bool lazy)
{
    for (size_t i = 0; script[i] != '\0';) {
        char shorter[LENGTH + 1];
        const char *wrong;

        snprintf(shorter, sizeof(shorter), "%.*s%s", (int)i, script, script + i + 1);
        wrong = try_script(s, config, shorter, lazy);
        if (wrong != NULL && *wrong != '\0') {
            strcpy(script, shorter);
            i = 0;
        } else {
            i++;
        }
    }
}

static void
try_long_orders(bool is_cluster)
{
    static const int list_nums[] = {1, 2, 3, 50}, log_bytes[] = {200, 1 << 20, 1 << 20, 1 << 20};
    static struct script s;
    long chances = CHANCES;

    for (int i = 0; i < more_depth; i++) {
        chances *= 10;
    }
    for (long i = 0; i < chances; i++) {
        bool lazy = draw(2) == 1;
        char script[LENGTH + 1];
        struct config config;

        make_config(&config, list_nums[draw(4)], log_bytes[draw(4)]);
        script_open(&s, &config);
        s.stage.log.piece = 2;
        s.lazy = lazy;
        draw_script(&s, is_cluster, script);
        if (*script_finish(&s) != '\0') {
            shorten_script(&s, &config, script, lazy);
            fail_msg("\"%s\" listNum %d, log %d%s: %s", script, (int)config.message.list_num,
                     (int)config.push.room_log_bytes, lazy ? ", one turn" : "",
                     try_script(&s, &config, script, lazy));
        }
        a_config_free(&config);
    }
}

/* They were wrong once. */
static void
clients_show_the_list_in_orders_with_a_name(void **state)
{
    static const struct {
        const char *what, *script;
        int list_num;
    } rows[] = {
        {"a late message behind an event, which comes before it in what others missed",
         "ojj S l nS L r c", 50},
        {"... while the slot moves", "WOjWoLYWxjalYoRWkxjarL", 2},
        {"what was missed cannot be read, what comes then is heard", "ojSWcsdxodaodlW", 50},
        {"members get a list of what is no message, one that comes back is asked about in vain",
         "WOWjixagjxalrxaToxpRak", 1},
    };
    static struct script s;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct config config;
        const char *wrong;

        make_config(&config, rows[i].list_num, 1 << 20);
        script_open(&s, &config);
        s.stage.log.piece = 2;
        script_run(&s, rows[i].script);
        wrong = script_finish(&s);
        if (*wrong != '\0') {
            fail_msg("%s: %s", rows[i].what, wrong);
        }
        a_config_free(&config);
    }
}

static void
clients_show_the_list_in_long_orders(void **state)
{
    (void)state;
    try_long_orders(false);
}

static void
clients_show_the_list_in_long_orders_while_slots_move(void **state)
{
    (void)state;
    try_long_orders(true);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_show_the_list_whatever_the_order),
        cmocka_unit_test(clients_show_the_list_in_orders_with_a_name),
        cmocka_unit_test(clients_show_the_list_in_long_orders),
        cmocka_unit_test(clients_show_the_list_in_long_orders_while_slots_move),
    };

    more_depth = argc > 1 ? atoi(argv[1]) : 0;
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
