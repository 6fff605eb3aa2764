/* test_identity.c - what a token says of who its bearer is. */
#include "push-daemon/client/identity.h"

#include <stdlib.h>

#include "push-daemon/client/v2_state.h"
#include "push-daemon/frames/form.h"
#include "tests/unit/push-daemon/a_crowd.h"
#include "tests/unit/push-daemon/a_jwt.h"
#include "tests/unit/fake_clock.h"

enum {
    NOW_S = 1700000000
};

static struct a_crowd t;
static struct identity *identity;
static struct text token;

static void
on_leave(struct session *s)
{
    (void)s;
}

static const struct session_kind kind = {.name = "kind", .form = &form_v2, .on_leave = on_leave};

/* Client 0 is the user u, of that group. */
static void
come(const char *group)
{
    struct ws_request request = a_v2_request(group, "-", "");

    if (t.s[0] != NULL) {
        a_crowd_lose(&t, 0);
    }
    t.s[0] = sessions_open(t.sessions, &t.ws[0], &request, &kind, NULL);
}

static int
setup(void **state)
{
    (void)state;
    a_crowd_make(&t);
    a_config_set(&t.env.config, "login.jwtKey", SECRET);
    fake_clock.unix_ms = INT64_C(1000) * NOW_S;
    identity = identity_create(&t.env.env);
    text_init(&token);
    come("g");
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    text_fini(&token);
    identity_destroy(identity);
    a_crowd_free(&t);
    return 0;
}

static bool
take(struct str what)
{
    enum close_reason why;

    return identity_take(identity, t.s[0], what, &why);
}

static void
assert_refused(struct str what, const char *reason)
{
    enum close_reason why = CLOSE_STOPPING;
    struct str before = t.s[0]->token;

    assert_false(identity_take(identity, t.s[0], what, &why));
    assert_string_equal(close_reason_text(why), reason);
    assert_ptr_equal(t.s[0]->token.p, before.p); /* it is who it was */
    assert_int_equal(t.s[0]->v2->expires_ms, 0);
}

static void
a_jwt_verifies_its_user_until_it_expires(void **state)
{
    static const struct {
        const char *claims, *group;
        const char *refused; /* NULL: it is taken */
    } rows[] = {
        {"{\"sub\":\"u\",\"exp\":1700000060}", "g", NULL},
        {"{\"sub\":\"u\",\"exp\":1700000060,\"groups\":[\"h\",\"g\"],\"role\":\"mod\"}", "g", NULL},
        {"{\"sub\":\"u\",\"exp\":1700000060,\"groups\":[\"h\"]}", "g",
         "the JWT is not for this group"},
        {"{\"sub\":\"u\",\"exp\":1700000060,\"groups\":[]}", "g", "the JWT is not for this group"},
        {"{\"sub\":\"u\",\"exp\":1700000060,\"groups\":[\"h\"]}", "", NULL}, /* a list of groups */
        {"{\"sub\":\"v\",\"exp\":1700000060}", "g", "not logged in"},
        {"{\"sub\":\"u\",\"exp\":1700000000}", "g", "the JWT has expired"},
        {"{\"sub\":\"u\",\"exp\":1}", "g", "the JWT has expired"},
        {"{\"sub\":\"u\"}", "g", "not logged in"},
        {"{\"sub\":\"u\",\"exp\":1700000060,\"nbf\":1700000031}", "g", "not logged in"},
        {"{\"sub\":\"u\",\"exp\":1700000060,\"nbf\":1700000030}", "g", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        come(rows[i].group);
        if (rows[i].refused != NULL) {
            assert_refused(a_jwt(&token, rows[i].claims), rows[i].refused);
        } else {
            assert_true(take(a_jwt(&token, rows[i].claims)));
            assert_bytes(t.s[0]->token, BYTES("")); /* scripts check no login */
            assert_int_equal(t.s[0]->v2->expires_ms, INT64_C(1700000060000));
        }
    }
}

static void
it_has_expired_from_its_exp_on(void **state)
{
    struct ws_request request = a_request("g", "u", "10.0.0.1");

    (void)state;
    assert_false(identity_has_expired(t.s[0]));
    assert_true(take(a_jwt(&token, "{\"sub\":\"u\",\"exp\":1700000060}")));
    fake_clock.unix_ms = INT64_C(1700000059999);
    assert_false(identity_has_expired(t.s[0]));
    fake_clock.unix_ms++;
    assert_true(identity_has_expired(t.s[0]));
    assert_true(take(BYTES("by Redis"))); /* another token, whose end Redis knows */
    assert_false(identity_has_expired(t.s[0]));
    t.s[1] = sessions_open(t.sessions, &t.ws[1], &request, &kind, NULL);
    assert_false(identity_has_expired(t.s[1])); /* Part 1 */
}

static void
any_other_token_is_for_redis_to_judge(void **state)
{
    char longest[129];
    struct str bytes = str_make(longest, 128);

    (void)state;
    memset(longest, 'x', sizeof(longest));
    assert_true(take(BYTES("abc")));
    assert_bytes(t.s[0]->token, BYTES("abc"));
    assert_true(take(BYTES("one.dot"))); /* it was a copy */
    assert_bytes(t.s[0]->token, BYTES("one.dot"));
    assert_true(take(bytes));
    memset(longest, 'y', sizeof(longest));
    assert_int_equal(t.s[0]->token.len, 128);
    assert_int_equal(t.s[0]->token.p[127], 'x');
    assert_refused(str_make(longest, 129), "not logged in");
    assert_refused(BYTES(""), "not logged in");
    assert_refused(BYTES("a.b.c"), "not logged in"); /* a JWT that nobody has signed */
    assert_refused(BYTES(".."), "not logged in");
}

static void
without_a_key_there_are_no_jwts(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "login.jwtKey", "");
    identity_reload(identity);
    assert_refused(a_jwt(&token, "{\"sub\":\"u\",\"exp\":1700000060}"), "not logged in");
    assert_true(take(BYTES("abc")));
    a_config_set(&t.env.config, "login.jwtKey", SECRET);
    identity_reload(identity);
    assert_true(take(a_jwt(&token, "{\"sub\":\"u\",\"exp\":1700000060}")));
    identity_destroy(NULL);
}

/* The file that the settings name may have been replaced by anything. */
static void
a_broken_key_leaves_the_old_one(void **state)
{
    char broken[] = "-----BEGIN PUBLIC KEY-----";
    char *right = t.env.config.login.jwt_key;

    (void)state;
    t.env.config.login.jwt_key = broken;
    identity_reload(identity);
    t.env.config.login.jwt_key = right;
    assert_int_equal(fake_log_count("error jwt-key reason="), 1);
    assert_true(take(a_jwt(&token, "{\"sub\":\"u\",\"exp\":1700000060}")));
    a_config_set(&t.env.config, "login.jwtKey", "another secret, just as long as that");
    identity_reload(identity);
    come("g");
    assert_refused(a_jwt(&token, "{\"sub\":\"u\",\"exp\":1700000060}"), "not logged in");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_jwt_verifies_its_user_until_it_expires), TEST(it_has_expired_from_its_exp_on),
        TEST(any_other_token_is_for_redis_to_judge),    TEST(without_a_key_there_are_no_jwts),
        TEST(a_broken_key_leaves_the_old_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
