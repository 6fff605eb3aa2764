/* test_sync_scripts.c - events in many orders (a_model.h): each client has the list in the end. */
#include "tests/unit/push-daemon/sync/a_model.h"

static const struct script {
    const char *what;
    int64_t list_num;
    const char *events;
    const char *wrong; /* what the model says at the end; empty: each client got the list */
} scripts[] = {
    {"the mark comes before the answer", 50, "o j sd xda o", ""},
    {"the answer comes before the mark", 50, "o j sd xad o", ""},
    {"messages between mark and answer", 50, "o j sd x dodo a", ""},
    {"messages between answer and mark", 50, "o j sd ooxooadddd", ""},
    {"two clients share a snapshot", 50, "o j j sd x j dao", ""},
    {"one comes while the first snapshot is used up", 50, "o j sdxda j o", ""},
    {"the only client leaves while the snapshot is under way", 50, "o j sdx l j o", ""},
    {"all leave and one comes, in the turn of the loop", 50, "ojj S llj o", ""},
    {"a client with a full socket", 50, "o j S f oo S oo S w o", ""},
    {"one is full from its first frame on", 50, "o j f S oo w o", ""},
    {"a member and a full one leave", 50, "o j j S f oo l o L", ""},
    {"Redis cannot be asked yet", 50, "o D j sd R o U R", ""},
    {"the answer is lost", 50, "o j sd x C o", ""},
    {"the answer is lost, its mark is not", 50, "o j sd x d C o", ""},
    {"the answer is there, and its mark is not to come", 50, "o j sd x a C o S", ""},
    {"the subscription breaks before the mark", 50, "o j sd x a c o", ""},
    {"the subscription breaks before the answer", 50, "o j sd x d c a o", ""},
    {"... again and again", 50, "o j S c o sd c o sdx c o sdxd c o sdxda c o", ""},
    {"missed", 50, "o j S c ooo", ""},
    {"missed, and held back before the mark", 50, "o j S c o sd o d x d a", ""},
    {"missed, and held back after the mark", 50, "o j S c o sd x d o d a", ""},
    {"held back, and the snapshot is lost", 50, "o j S c o sd x d o d C o d", ""},
    {"missed, and published only later", 50, "o j S c r S p", ""},
    {"missed, published between mark and answer", 50, "o j S c r sdx d p d a", ""},
    {"missed, published between answer and mark", 50, "o j S c r sd p x d a d", ""},
    {"missed, published four seconds later", 50, "o j S c r S 4 p", ""},
    {"missed, published too late", 50, "o j S c r S 44 p", "a foreign message not once"},
    {"a second break, and then the PUBLISH", 50, "o j S c r S c S p", ""},
    {"caught up with, and then in a first frame without members", 50, "o j S c r S c j l S p", ""},
    {"in the first frame, and published later", 50, "o r j S p", ""},
    {"in the first frame, published four seconds later", 50, "o r j S 4 p", ""},
    {"in the first frame, published too late", 50, "o r j S 44 p", "a foreign message not once"},
    {"in one first frame, and new to another client", 50, "o j S r j S p o", ""},
    {"in two first frames of different times", 50, "r j S 4 j S p o", ""},
    {"... the older of them is too old", 50, "j S r j S 44 r j S p p",
     "a foreign message not once"},
    {"in the first frame, published before it", 50, "o j S r p j S", ""},
    {"published before it, and known from the list for long", 50, "r j S 44 j p S o", "a foreign"},
    {"in the first frame, published between mark and answer", 50, "o r j sd x d p d a", ""},
    {"before the first frame, and published later", 1, "r o j S p", ""},
    {"no first frame at all", 0, "o r j S o p c o r S p", ""},
    {"first frames of one message, and a break", 1, "o o j S r o c o j S p", ""},
};

static void
clients_get_the_list(void **state)
{
    static struct model m;
    struct config config;

    (void)state;
    a_config_make(&config);
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        const struct script *s = &scripts[i];
        const char *wrong;

        config.message.list_num = s->list_num;
        model_open(&m, &config);
        model_run(&m, s->events);
        wrong = model_finish(&m);
        if (strncmp(wrong, s->wrong, strlen(s->wrong)) != 0 ||
            (s->wrong[0] == '\0') != (wrong[0] == '\0')) {
            fail_msg("%s, \"%s\": %s", s->what, s->events, wrong);
        }
    }
    a_config_free(&config);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_get_the_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
