/* test_names.c - names of one Redis and of a cluster, read and written. */
#include "fcgi-api/ctl/copy/names.h"

#include "tests/unit/unit.h"

static const struct config_redis one = {.prefix = "p:", .cluster = ""},
                                 cluster = {.prefix = "q:", .cluster = "127.0.0.1:1"};

/* What the name becomes on the other side. */
static void
assert_becomes(const struct config_redis *from, const char *full, const struct config_redis *to,
               const char *wanted)
{
    struct argv argv;
    struct name name;

    argv_init(&argv);
    assert_int_equal(name_read(&name, from, str_of(full)), NAME_KEPT);
    name_add(&argv, to, &name);
    assert_bytes(argv_word(&argv, 0), str_of(wanted));
    argv_fini(&argv);
}

static void
names_get_braces_and_back(void **state)
{
    static const struct {
        const char *plain, *on_cluster;
    } names[] = {
        {"p:login:3", "q:login:{3}"},
        {"p:gml:1", "q:gml:{1}"},
        {"p:ugs:3", "q:ugs:{3}"},
        {"p:gmt:1", "q:fim:book:{1}"},
        {"p:fim:failed:user:3", "q:fim:failed:user:{3}"},
        {"p:fim:failed:client:2001:db8::1", "q:fim:failed:client:{2001:db8::1}"},
        {"p:fim:failed:both:3/::1", "q:fim:failed:both:{3}/::1"},
        {"p:fim:read:3", "q:fim:read:{3}"},
        {"p:fim:sent:1/3", "q:fim:sent:{1}/3"},
        {"p:fim:sent:}x/}y", "q:fim:sent:{/}x}/}y"},
        {"p:fim:sent:{}/{", "q:fim:sent:{{}}/{"},
        {"p:fim:log:1", "q:fim:log:{1}"},
        {"p:fim:rules:1", "q:fim:rules:{1}"},
        {"p:fim:rules:", "q:fim:rules:"},
        {"p:fim:cap:1", "q:fim:cap:{1}"},
        {"p:fim:words", "q:fim:words"},
        {"p:fim:audit", "q:fim:audit"},
        {"p:gml:}", "q:gml:{/}}"},
        {"p:gml:{1}", "q:gml:{{1}}"},
        {"p:gml:gml:1", "q:gml:{gml:1}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_becomes(&one, names[i].plain, &cluster, names[i].on_cluster);
        assert_becomes(&cluster, names[i].on_cluster, &one, names[i].plain);
    }
}

static void
other_names_are_none(void **state)
{
    static const struct {
        const struct config_redis *redis;
        const char *full;
        enum name_result result;
    } cases[] = {
        {&one, "gml:1", NAME_OTHER}, /* of another prefix */
        {&one, "", NAME_OTHER},
        {&one, "p:", NAME_OTHER},
        {&one, "p:gmlx:1", NAME_OTHER},
        {&one, "p:mq:1", NAME_OTHER},
        {&one, "p:fim:seq:d:1", NAME_OTHER},
        {&one, "p:fim:refused:d:1", NAME_OTHER},
        {&one, "p:fim:on:1", NAME_OTHER},
        {&one, "p:fim:hosts", NAME_OTHER},
        {&one, "p:fim:encoding", NAME_OTHER},
        {&one, "p:fim:wordsx", NAME_OTHER},
        {&one, "p:gml:", NAME_STRANGE},
        {&one, "p:gml:a/b", NAME_STRANGE},
        {&one, "p:gml: a", NAME_STRANGE},
        {&one, "p:gml:a\x01", NAME_STRANGE},
        {&one, "p:login:\xff", NAME_STRANGE},
        {&one, "p:fim:sent:1", NAME_STRANGE},
        {&one, "p:fim:sent:/3", NAME_STRANGE},
        {&one, "p:fim:sent:1/", NAME_STRANGE},
        {&one, "p:fim:sent:1/2/3", NAME_STRANGE},
        {&one, "p:fim:rules:a/b", NAME_STRANGE},
        {&cluster, "q:gml:1", NAME_OTHER}, /* of no cluster */
        {&cluster, "q:gmt:{1}", NAME_OTHER},
        {&cluster, "q:gml:{}}", NAME_OTHER},
        {&cluster, "q:fim:sent:{1}", NAME_STRANGE},
        {&cluster, "q:gml:{a/b}", NAME_STRANGE},
        {&cluster, "q:gml:", NAME_STRANGE},
    };
    struct name name;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (name_read(&name, cases[i].redis, str_of(cases[i].full)) != cases[i].result) {
            fail_msg("%s is not judged rightly", cases[i].full);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_get_braces_and_back),
        cmocka_unit_test(other_names_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
