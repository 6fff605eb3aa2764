/* test_config_file.c - what the settings file may say, and what is in force then. */
#include "lib/config/config_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/config/config.h"
#include "lib/log.h"
#include "tests/unit/lib/config/a_config_file.h"

static char *
printed(const struct config *config)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    settings_print(config, out);
    fclose(out);
    return text;
}

static void
assert_prints_the_defaults(struct config *config)
{
    char *text = printed(config);

    assert_string_equal(text, "server.port: 9000\n"
                              "redis.host: 127.0.0.1\n"
                              "redis.port: 6379\n"
                              "redis.username: \n"
                              "redis.password: \n"
                              "redis.database: 0\n"
                              "redis.socket: \n"
                              "redis.prefix: \n"
                              "redis.encoding: plain\n"
                              "redis.sentinels: \n"
                              "redis.master: mymaster\n"
                              "redis.cluster: \n"
                              "redis.timeoutMs: 1500\n"
                              "im.group.loginAuth: 0\n"
                              "im.group.autoJoin: 1\n"
                              "im.group.maxPerUser: 1000\n"
                              "im.group.membersOnly: 0\n"
                              "im.groupMessage.timeout: 604800\n"
                              "im.groupMessage.listNum: 50\n"
                              "im.groupMessage.maxCount: 100000\n"
                              "im.groupMessage.maxMessageBytes: 24576\n"
                              "im.groupMessage.recallTimeLimit: 120\n"
                              "im.groupList.updateRate: 1\n"
                              "im.presence.on: 1\n"
                              "im.presence.names: 200\n"
                              "im.presence.intervalS: 10\n"
                              "im.resumeMax: 1000\n"
                              "im.room.slow: 0\n"
                              "im.room.cap: 0\n"
                              "im.signal.perSecond: 5\n"
                              "im.signal.perGroup: 50\n"
                              "im.filter.file: \n"
                              "im.filter.action: refuse\n"
                              "im.hook.url: \n"
                              "im.hook.timeoutMs: 1000\n"
                              "im.hook.onFailure: allow\n"
                              "im.hook.connections: 16\n"
                              "http.processes: 4\n"
                              "http.origins: *\n"
                              "http.requestsPerSecond: 100\n"
                              "http.open: /user/login /test/websocket\n"
                              "http.socketUser: \n"
                              "http.socketGroup: \n"
                              "login.method: open\n"
                              "login.htpasswd: \n"
                              "login.module: \n"
                              "login.maxFailures: 10\n"
                              "login.failureWindowS: 60\n"
                              "login.jwtKey: \n"
                              "admin.tokens: \n"
                              "admin.addresses: \n"
                              "push.listen: 127.0.0.1:9001\n"
                              "push.workers: 1\n"
                              "push.maxConnections: 0\n"
                              "push.flushIntervalMs: 5\n"
                              "push.roomLogBytes: 1048576\n"
                              "push.pingIntervalS: 25\n"
                              "push.pongTimeoutS: 60\n"
                              "push.health: 127.0.0.1:9002\n"
                              "push.drainSeconds: 10\n"
                              "push.reconnectSpreadMs: 2000\n"
                              "push.trustedProxies: 127.0.0.0/8 ::1\n"
                              "push.origins: *\n"
                              "push.maxPerUser: 0\n"
                              "push.maxPerAddress: 1000\n"
                              "push.joinsPerSecond: 100\n"
                              "push.messagesPerSecond: 1000\n"
                              "push.messageBurst: 10000\n"
                              "push.bytesPerSecond: 262144\n"
                              "push.byteBurst: 2097152\n"
                              "log.level: info\n");
    free(text);
    settings_destroy(config);
}

static void
config_without_settings_is_the_defaults(void **state)
{
    (void)state;
    assert_prints_the_defaults(load_valid(""));
    assert_prints_the_defaults(load_valid("# nothing\n"));
    assert_prints_the_defaults(load_valid("---\n...\n"));
    assert_prints_the_defaults(load_valid("~\n"));
    assert_prints_the_defaults(load_valid("{}\n"));
    assert_prints_the_defaults(load_valid("redis:\nim:\n  group:\n  groupMessage: {}\n"));
}

static void
config_as_shipped_is_the_defaults(void **state)
{
    (void)state;
    assert_prints_the_defaults(load("conf/fastim.yml"));
    assert_string_equal(errors, "");
}

/* Every setting away from its default, and each seen in its own field. */
static void
config_puts_each_setting_in_its_field(void **state)
{
    struct config *c;

    (void)state;
    c = load_valid("server: {port: 1}\n"
                   "redis: {host: h, port: 2, username: me, password: '3', database: 4,"
                   " socket: /s, prefix: 'p:',"
                   " timeoutMs: 500}\n"
                   "im:\n"
                   "  group: {loginAuth: 1, autoJoin: 0, maxPerUser: 5, membersOnly: 1}\n"
                   "  groupMessage: {timeout: 6, listNum: 7, maxCount: 8, maxMessageBytes: 9,"
                   " recallTimeLimit: 10}\n"
                   "  groupList: {updateRate: 11}\n"
                   "  presence: {on: 0, names: 20, intervalS: 21}\n"
                   "  resumeMax: 19\n"
                   "  filter: {file: /words, action: mask}\n"
                   "  hook: {url: 'http://[::1]:1/r', timeoutMs: 22, onFailure: refuse,"
                   " connections: 23}\n"
                   "http: {processes: 12, origins: 'https://a https://b'}\n"
                   "push: {listen: '[::1]:13', maxConnections: 14, flushIntervalMs: 15,"
                   " roomLogBytes: 65536, pingIntervalS: 17, pongTimeoutS: 18}\n"
                   "log: {level: debug}\n");
    assert_int_equal(c->server.port, 1);
    assert_string_equal(c->redis.host, "h");
    assert_int_equal(c->redis.port, 2);
    assert_int_equal(c->resume.max, 19);
    assert_string_equal(c->filter.file, "/words");
    assert_int_equal(c->filter.action, FILTER_MASKS);
    assert_string_equal(c->hook.url, "http://[::1]:1/r");
    assert_int_equal(c->hook.timeout_ms, 22);
    assert_int_equal(c->hook.on_failure, HOOK_REFUSES);
    assert_int_equal(c->hook.connections, 23);
    assert_false(c->presence.on);
    assert_int_equal(c->presence.names, 20);
    assert_int_equal(c->presence.interval_s, 21);
    assert_string_equal(c->redis.username, "me");
    assert_string_equal(c->redis.password, "3");
    assert_int_equal(c->redis.database, 4);
    assert_string_equal(c->redis.socket, "/s");
    assert_string_equal(c->redis.prefix, "p:");
    assert_int_equal(c->redis.timeout_ms, 500);
    assert_true(c->group.login_auth);
    assert_false(c->group.auto_join);
    assert_int_equal(c->group.max_per_user, 5);
    assert_true(c->group.members_only);
    assert_int_equal(c->message.timeout_s, 6);
    assert_int_equal(c->message.list_num, 7);
    assert_int_equal(c->message.max_count, 8);
    assert_int_equal(c->message.max_message_bytes, 9);
    assert_int_equal(c->message.recall_time_limit_s, 10);
    assert_int_equal(c->list.update_rate_s, 11);
    assert_int_equal(c->http.processes, 12);
    assert_string_equal(c->http.origins, "https://a https://b");
    assert_string_equal(c->push.listen, "[::1]:13");
    assert_int_equal(c->push.max_connections, 14);
    assert_int_equal(c->push.flush_interval_ms, 15);
    assert_int_equal(c->push.room_log_bytes, 65536);
    assert_int_equal(c->push.ping_interval_s, 17);
    assert_int_equal(c->push.pong_timeout_s, 18);
    assert_int_equal(c->log.level, LOG_DEBUG);
    settings_destroy(c);
}

static void
config_takes_fast_ims_application_yml(void **state)
{
    struct config *c = load_valid("server:\n"
                                  "  port: 9000\n"
                                  "\n"
                                  "spring:\n"
                                  "  redis:\n"
                                  "    host: 10.0.0.5\n"
                                  "    port: 6380\n"
                                  "    password:\n"
                                  "    database: 2\n"
                                  "    timeout: 10000ms\n"
                                  "    jedis:\n"
                                  "      pool:\n"
                                  "        max-active: 8\n"
                                  "        max-wait: -1ms\n"
                                  "        max-idle: 8\n"
                                  "        min-idle: 0\n"
                                  "im:\n"
                                  "  group:\n"
                                  "    loginAuth: 1\n"
                                  "    autoJoin: 0\n"
                                  "  groupMessage:\n"
                                  "    timeout: 86400\n"
                                  "    listNum: 20\n"
                                  "    recallTimeLimit: 60\n"
                                  "  groupList:\n"
                                  "    updateRate: 2\n");

    (void)state;
    assert_string_equal(c->redis.host, "10.0.0.5");
    assert_int_equal(c->redis.port, 6380);
    assert_string_equal(c->redis.password, "");
    assert_int_equal(c->redis.database, 2);
    assert_true(c->group.login_auth);
    assert_int_equal(c->message.timeout_s, 86400);
    assert_int_equal(c->list.update_rate_s, 2);
    settings_destroy(c);
}

static void
config_takes_dotted_keys_as_spring_does(void **state)
{
    struct config *c = load_valid("im.group.loginAuth: 1\nim.groupMessage:\n  listNum: 3\n");

    (void)state;
    assert_true(c->group.login_auth);
    assert_int_equal(c->message.list_num, 3);
    settings_destroy(c);
    assert_mistakes("server.port: 1\nserver: {port: 2}\n",
                    "2: server.port: is given twice, keep this or that of line 1\n");
}

static void
config_password_is_none_where_yaml_says_null_and_a_word_where_quoted(void **state)
{
    static const char *const none[] = {"", "~", "null", "Null", "NULL", "\"\""};
    struct config *c;
    char yaml[100];

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        snprintf(yaml, sizeof(yaml), "redis:\n  password: %s\n", none[i]);
        c = load_valid(yaml);
        assert_string_equal(c->redis.password, "");
        settings_destroy(c);
    }
    c = load_valid("redis:\n  password: 'null'\n");
    assert_string_equal(c->redis.password, "null");
    settings_destroy(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(config_without_settings_is_the_defaults),
        TEST(config_as_shipped_is_the_defaults),
        TEST(config_puts_each_setting_in_its_field),
        TEST(config_takes_fast_ims_application_yml),
        TEST(config_takes_dotted_keys_as_spring_does),
        TEST(config_password_is_none_where_yaml_says_null_and_a_word_where_quoted),
    };

    return cmocka_run_group_tests_name("config_file", tests, NULL, NULL);
}
