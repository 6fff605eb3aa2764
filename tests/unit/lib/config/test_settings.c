/* test_settings.c - the table: each kind takes its values and no other, and a reload takes what
 * it can. */
#include "lib/config/settings.h"

#include <stdlib.h>

#include "lib/config/config.h"
#include "lib/log.h"
#include "tests/unit/unit.h"

static bool
set(struct config *config, const char *key, struct str text)
{
    int i = settings_find(key);

    assert_true(i >= 0);
    return settings_set(config, i, text);
}

static void
each_kind_takes_its_values_and_no_other(void **state)
{
    static const struct {
        const char *key;
        const char *valid;
        const char *wrong;
    } cases[] = {
        {"server.port", "65535", "65536"},
        {"im.group.autoJoin", "0", "2"},
        {"im.group.maxPerUser", "0", "-1"},
        {"im.group.membersOnly", "1", "yes"},
        {"im.presence.on", "0", "2"},
        {"im.presence.names", "0", "1001"},
        {"im.presence.intervalS", "1", "0"},
        {"im.room.slow", "21600", "21601"},
        {"im.room.cap", "1000000", "1000001"},
        {"im.resumeMax", "0", "10001"},
        {"im.filter.action", "mask", "Mask"},
        {"im.hook.url", "http://a/b?c", "https://a/b?c"},
        {"im.hook.timeoutMs", "10", "9"},
        {"im.hook.onFailure", "refuse", "ignore"},
        {"im.hook.connections", "256", "257"},
        {"redis.host", "h", ""},
        {"push.listen", "*:1", ""},
        {"push.health", "", "1"},
        {"redis.sentinels", "a:1 b:2", "a:1 b"},
        {"redis.cluster", "a:1 [::1]:2", "a:1 b"},
        {"push.trustedProxies", "10.0.0.0/8 ::1", "10.0.0.0/33"},
        {"push.origins", "https://a.com null", "https://a.com/"},
        {"http.origins", "*", "* https://a.com"},
        {"log.level", "debug", "Debug"},
        {"login.method", "remote-user", "remote"},
        {"login.jwtKey", "", "a secret of less than 32 bytes"},
        {"admin.tokens", "ann:01234567 bob:89abcdef", "ann:0123456"},
        {"admin.addresses", "10.0.0.0/8 ::1", "10.0.0.0/33"},
    };
    struct config *config = settings_create();
    char right[100];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_false(set(config, cases[i].key, str_of(cases[i].wrong)));
        assert_true(set(config, cases[i].key, str_of(cases[i].valid)));
        settings_describe(settings_find(cases[i].key), right, sizeof(right));
        assert_string_not_equal(right, "");
    }
    assert_int_equal(config->server.port, 65535);
    assert_false(config->group.auto_join);
    assert_string_equal(config->push.listen, "*:1");
    assert_int_equal(config->log.level, LOG_DEBUG);
    assert_int_equal(config->login.method, LOGIN_REMOTE_USER);
    settings_destroy(config);
    settings_destroy(NULL);
}

static void
text_with_a_control_byte_is_no_value(void **state)
{
    struct config *config = settings_create();

    (void)state;
    assert_false(set(config, "redis.prefix", BYTES("a\0b")));
    assert_false(set(config, "redis.prefix", BYTES("a\nb")));
    assert_false(set(config, "redis.prefix", BYTES("a\x7f")));
    assert_string_equal(config->redis.prefix, "");
    settings_destroy(config);
}

/* A PEM has them; a YAML block ends in one. */
static void
line_ends_of_a_key_count_as_spaces(void **state)
{
    struct config *config = settings_create();

    (void)state;
    assert_true(set(config, "login.jwtKey", BYTES("0123456789abcdef0123456789abcdef\n")));
    assert_string_equal(config->login.jwt_key, "0123456789abcdef0123456789abcdef");
    assert_true(set(config, "login.jwtKey", BYTES("0123456789abcdef\r\n0123456789abcdef\n\n")));
    assert_string_equal(config->login.jwt_key, "0123456789abcdef  0123456789abcdef");
    assert_false(set(config, "login.jwtKey", BYTES("0123456789abcdef0123456789abcdef\0")));
    assert_false(set(config, "login.jwtKey", BYTES("0123456789abcdef0123456789abcdef\t")));
    assert_false(set(config, "login.jwtKey", BYTES("short\n")));
    settings_destroy(config);
}

static void
describe_is_cut_at_its_size(void **state)
{
    char right[9];

    (void)state;
    settings_describe(settings_find("log.level"), right, sizeof(right));
    assert_string_equal(right, "one of e");
}

static void
section_is_the_begin_of_a_key(void **state)
{
    (void)state;
    assert_true(settings_is_section("im"));
    assert_true(settings_is_section("im.group"));
    assert_false(settings_is_section("im.grou"));
    assert_false(settings_is_section("im.group.autoJoin"));
    assert_int_equal(settings_find("im.group"), -1);
}

static char told[200];

static void
on_differs(const char *key, bool adopted)
{
    snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s=%d ", key, adopted);
}

static void
adopt_takes_what_may_change_and_tells_of_the_rest(void **state)
{
    struct config *config = settings_create(), *fresh = settings_create();

    (void)state;
    assert_true(set(fresh, "redis.password", BYTES("new")));
    assert_true(set(fresh, "redis.host", BYTES("h")));
    assert_true(set(fresh, "im.group.autoJoin", BYTES("0")));
    assert_true(set(fresh, "push.workers", BYTES("2")));
    assert_true(set(fresh, "log.level", BYTES("warn")));
    told[0] = '\0';
    settings_adopt(config, fresh, on_differs);
    assert_string_equal(told, "redis.host=0 redis.password=1 im.group.autoJoin=1 push.workers=0 "
                              "log.level=1 ");
    assert_string_equal(config->redis.password, "new");
    assert_string_equal(config->redis.host, "127.0.0.1");
    assert_false(config->group.auto_join);
    assert_int_equal(config->push.workers, 1);
    assert_int_equal(config->log.level, LOG_WARN);
    settings_destroy(config);
    settings_destroy(fresh);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_takes_its_values_and_no_other),
        cmocka_unit_test(text_with_a_control_byte_is_no_value),
        cmocka_unit_test(line_ends_of_a_key_count_as_spaces),
        cmocka_unit_test(describe_is_cut_at_its_size),
        cmocka_unit_test(section_is_the_begin_of_a_key),
        cmocka_unit_test(adopt_takes_what_may_change_and_tells_of_the_rest),
    };

    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
