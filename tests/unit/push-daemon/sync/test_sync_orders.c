/* test_sync_orders.c - whatever the order of events, each client gets the list: no gap, no
 * double, in order.
 *
 * It tries all orders of a few events that can happen, up to a depth, from several states of a
 * room (a_model.h has the letters); and some long ones by chance, which it shortens if one is
 * wrong.
 *
 *     test_sync_orders [MORE [SEED]]    MORE: so many events more, 10^MORE times as many scripts */
#include "tests/unit/push-daemon/sync/a_model.h"

#define ALWAYS "sdxahb" /* what lets the others go on */

static int more_depth;
static uint64_t seed = 1;

/* From where on all orders are tried. */
struct start {
    const char *script;
    const char *events; /* each letter may come as often as it stands here; those of ALWAYS too */
    int depth;
    int list_num;
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

/* Which events can be now, and may. */
static int
list_events(const struct model *m, const struct start *start, const char *done, char events[32])
{
    int count = 0;

    for (const char *e = ALWAYS "orpjlLcCefwOMNBmt"; *e != '\0'; e++) {
        int allowed = 0;

        for (const char *at = start->events; *at != '\0'; at++) {
            allowed += *at == *e;
        }
        for (const char *at = done; *at != '\0'; at++) {
            allowed -= *at == *e;
        }
        if ((allowed > 0 || strchr(ALWAYS, *e) != NULL) && model_can(m, *e)) {
            events[count++] = *e;
        }
    }
    return count;
}

static void
run_once(struct search *search, const struct config *config)
{
    static struct model m;
    int length = 0;

    model_open(&m, config);
    model_run(&m, search->start->script);
    m.lazy = search->start->lazy;
    search->script[0] = '\0';
    for (int i = 0; i < search->depth; i++) {
        char events[32];

        search->enabled[i] = list_events(&m, search->start, search->script, events);
        if (search->enabled[i] > 0) {
            search->script[length++] = events[search->choice[i]];
            search->script[length] = '\0';
            model_step(&m, search->script[length - 1]);
        }
    }
    search->runs++;
    if (*model_finish(&m) != '\0') {
        fail_msg("\"%s %s\" listNum %d%s: %s", search->start->script, search->script,
                 search->start->list_num, search->start->lazy ? ", one turn" : "", m.wrong);
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
    char number[16];

    a_config_make(&config);
    snprintf(number, sizeof(number), "%d", start->list_num);
    a_config_set(&config, "im.groupMessage.listNum", number);
    do {
        run_once(&search, &config);
    } while (next_order(&search));
    a_config_free(&config);
    return search.runs;
}

static void
clients_get_the_list_whatever_the_order(void **state)
{
    static const struct start starts[] = {

        {"o", "orpjjlcC", 6, 50, false},
        {"o j sdxda", "orpjlcC", 5, 50, false}, /* a member */
        {"o j sdxda", "orpjcefw", 5, 50, true},
        {"o j sdxda c o j", "opjlLC", 5, 50, false}, /* and one that waits, after a break */
        {"o j sdxda c o j", "opjlLCe", 5, 50, true},
        {"o j sdxda c o j sd", "oopclL", 6, 50, false},
        {"o j sdxda c r sdxda", "opcj", 7, 50, false}, /* caught up with */
        {"ro j sdxda c j", "oopl", 7, 1, false},       /* first frames are short */
        {"oo j sdxda", "orpcj", 6, 0, false},
        {"oo j sdxda r j", "oprcl", 6, 1, false},
        {"r", "oopjjlc", 6, 1, false},
        {"j sdxda r j", "oprcl", 6, 0, true},
        /* the slot moves */
        {"o j sdxda", "OMmNmo", 7, 50, false},
        {"o j sdxda O m S", "MoNmj", 7, 50, false},
        {"o j sdxda O M o m", "oNmjB", 6, 50, false},
        {"o O M m", "jjoNml", 6, 50, false}, /* who comes finds it open */
        {"o j sdxda O m M o S", "orpBmt", 6, 50, false},
        {"o j sdxda O m M r S", "opNmt", 6, 50, false},
        {"o j sdxda O M m S o", "cCNmt", 6, 50, false},
        {"o j sdxda O m M o j", "tLNmo", 6, 1, true},
        {"o j S O M N d m hb", "oOmMj", 6, 50, false}, /* and back */
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
draw_script(struct model *m, bool is_cluster, char script[LENGTH + 1])
{
    static const char of_one_redis[] = "ssssddddddddxxxxxxaaaaaaooorpppjjlLcCefw";
    static const char of_a_cluster[] = "sssddddddxxxxxxaaaaaahhhbbbbbbooorpppjjlLcCefwOMMNBmmmtt";
    const char *events = is_cluster ? of_a_cluster : of_one_redis;
    int length = 0;

    while (length < LENGTH) {
        char event = events[draw((unsigned)strlen(events))];
        bool is_enough = event == 'j' && m->client_count >= WORLD_CLIENTS / 2;

        if (!is_enough && model_can(m, event)) {
            script[length++] = event;
            model_step(m, event);
        }
    }
    script[length] = '\0';
}

/* What is wrong after the script; NULL: it cannot be. */
static const char *
try_script(struct model *m, const struct config *config, const char *script, bool lazy)
{
    model_open(m, config);
    m->lazy = lazy;
    for (; *script != '\0'; script++) {
        if (!model_can(m, *script)) {
            model_finish(m);
            return NULL;
        }
        model_step(m, *script);
    }
    return model_finish(m);
}

/* Leaves out what is not needed for it to be wrong. */
static void
shorten_script(struct model *m, const struct config *config, char *script, bool lazy)
{
    for (size_t i = 0; script[i] != '\0';) {
        char shorter[LENGTH + 1];
        const char *wrong;

        snprintf(shorter, sizeof(shorter), "%.*s%s", (int)i, script, script + i + 1);
        wrong = try_script(m, config, shorter, lazy);
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
    static const int64_t list_nums[] = {0, 1, 3, 50};
    static struct model m;
    long chances = CHANCES;
    struct config config;

    a_config_make(&config);
    for (int i = 0; i < more_depth; i++) {
        chances *= 10;
    }
    for (long i = 0; i < chances; i++) {
        bool lazy = draw(2) == 1;
        char script[LENGTH + 1];

        config.message.list_num = list_nums[draw(4)];
        model_open(&m, &config);
        m.lazy = lazy;
        draw_script(&m, is_cluster, script);
        if (*model_finish(&m) != '\0') {
            shorten_script(&m, &config, script, lazy);
            try_script(&m, &config, script, lazy);
            fail_msg("\"%s\" listNum %d%s: %s", script, (int)config.message.list_num,
                     lazy ? ", one turn" : "", m.wrong);
        }
    }
    a_config_free(&config);
}

static void
clients_get_the_list_in_long_orders(void **state)
{
    (void)state;
    try_long_orders(false);
}

static void
clients_get_the_list_in_long_orders_while_slots_move(void **state)
{
    (void)state;
    try_long_orders(true);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_get_the_list_whatever_the_order),
        cmocka_unit_test(clients_get_the_list_in_long_orders),
        cmocka_unit_test(clients_get_the_list_in_long_orders_while_slots_move),
    };

    more_depth = argc > 1 ? atoi(argv[1]) : 0;
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
