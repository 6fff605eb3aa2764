/* test_config_file_mistakes.c - what is said of each mistake in a settings file, and of which
 * line. */
#include "lib/config/config_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/config/config.h"
#include "tests/unit/lib/config/a_config_file.h"

static void
config_passes_over_what_is_for_the_java_program_alone(void **state)
{
    (void)state;
    settings_destroy(load_valid("spring:\n"
                                "  application: {name: fast-im}\n"
                                "  main: {banner-mode: off}\n"
                                "  redis: {lettuce: {pool: {a: b}}, ssl: false}\n"
                                "  data: {redis: {timeout: 3s, ssl: {enabled: false}}}\n"
                                "logging:\n  level: {root: warn, com.example: debug}\n"
                                "management: {endpoints: {web: x}}\n"
                                "server: {tomcat: {threads: 9}, servlet: {encoding: utf-8}}\n"));
    assert_mistakes("redis:\n  jedis: {}\n  ssl: 1\n",
                    "2: redis.jedis: is no setting, see conf/fastim.yml for those there are\n"
                    "3: redis.ssl: is no setting, see conf/fastim.yml for those there are\n");
    assert_mistakes("spring:\n  im: {}\n  redisx: {}\n",
                    "2: spring.im: is no setting, see conf/fastim.yml for those there are\n"
                    "3: spring.redisx: is no setting, see conf/fastim.yml for those there are\n");
}

static void
config_says_what_to_write_for_what_it_cannot_do(void **state)
{
    (void)state;
    assert_mistakes(
        "spring:\n"
        "  redis:\n"
        "    url: redis://:secret@h:1\n"
        "    sentinel: {master: m, nodes: 'a:1,b:2'}\n"
        "    cluster: {nodes: a}\n"
        "    ssl: true\n"
        "  profiles: {active: prod}\n"
        "server:\n"
        "  address: 0.0.0.0\n"
        "  servlet: {context-path: /im}\n"
        "  ssl: {enabled: true}\n",
        "3: spring.redis.url: is no setting, write host, port, username, password and database\n"
        "4: spring.redis.sentinel: is no setting, write redis.master and redis.sentinels\n"
        "5: spring.redis.cluster: is a section or a list, should be ADDRESS:PORT words, separated "
        "by "
        "spaces\n"
        "6: spring.redis.ssl: is no setting, put a tunnel such as stunnel before a Redis that "
        "needs TLS\n"
        "7: spring.profiles: is no setting, write what the profile says into this file\n"
        "9: server.address: is no setting, write it into the settings of the web server\n"
        "10: server.servlet.context-path: is no setting, let the web server take that path off\n"
        "11: server.ssl.enabled: is no setting, write it into the settings of the web server\n");
}

static void
config_takes_environment_variables_and_says_which_value_lacks_one(void **state)
{
    struct config *c;

    (void)state;
    unsetenv("FASTIM_TEST_NONE");
    setenv("FASTIM_TEST_PORT", "7001", 1);
    c = load_valid("spring:\n  data:\n    redis:\n      host: ${FASTIM_TEST_NONE:10.0.0.1}\n"
                   "      port: ${FASTIM_TEST_PORT:6379}\n"
                   "      password: ${FASTIM_TEST_NONE:}\n");
    assert_string_equal(c->redis.host, "10.0.0.1");
    assert_int_equal(c->redis.port, 7001);
    assert_string_equal(c->redis.password, "");
    settings_destroy(c);
    assert_mistakes("redis:\n  password: ${FASTIM_TEST_NONE}\n",
                    "2: redis.password: names an environment variable that is not set, set it or "
                    "write ${NAME:default}\n");
    assert_mistakes("redis:\n  port: ${FASTIM_TEST_NONE:x}\n",
                    "2: redis.port: is \"x\", should be a whole number from 1 to 65535\n");
}

static void
config_encoding_java_goes_with_no_prefix(void **state)
{
    struct config *c = load_valid("redis: {encoding: java}\n");

    (void)state;
    assert_int_equal(c->redis.encoding, ENCODING_JAVA);
    settings_destroy(c);
    assert_mistakes("redis:\n  encoding: java\n  prefix: 'p:'\n",
                    "3: redis.prefix: is \"p:\", should be empty as redis.encoding is java\n");
    assert_mistakes("redis:\n  encoding: json\n",
                    "2: redis.encoding: is \"json\", should be one of plain, java\n");
}

static void
config_of_a_cluster_takes_no_settings_of_one_redis(void **state)
{
    struct config *c = load_valid("redis: {cluster: '10.0.0.1:7000 [::1]:7000', prefix: 'p:'}\n");

    (void)state;
    assert_string_equal(c->redis.cluster, "10.0.0.1:7000 [::1]:7000");
    settings_destroy(c);
    assert_mistakes(
        "redis:\n  cluster: 'a:1'\n  sentinels: 'b:2'\n  socket: /s\n  database: 1\n"
        "  encoding: java\n",
        "3: redis.sentinels: is set, should be empty as redis.cluster is set: its nodes elect by "
        "themselves\n"
        "4: redis.socket: is set, should be empty as redis.cluster is set\n"
        "5: redis.database: is 1, should be 0 as redis.cluster is set: it has no other one\n"
        "6: redis.encoding: is java, should be plain as redis.cluster is set: Java hosts know no "
        "cluster\n");
    assert_mistakes("redis:\n  cluster: '  '\n",
                    "2: redis.cluster: is blank, should name nodes or be empty\n");
    assert_mistakes("redis:\n  cluster: 'a:1'\n  prefix: 'a{b'\n",
                    "3: redis.prefix: is \"a{b\", should be without braces as redis.cluster is "
                    "set\n");
    assert_mistakes("redis:\n  cluster: 'a'\n",
                    "2: redis.cluster: is \"a\", should be ADDRESS:PORT words, separated by "
                    "spaces\n");
}

static void
config_names_an_unknown_key_with_its_line(void **state)
{
    (void)state;
    assert_mistakes("server:\n  port: 9000\n  prot: 1\nfoo: bar\n",
                    "3: server.prot: is no setting, see conf/fastim.yml for those there are\n"
                    "4: foo: is no setting, see conf/fastim.yml for those there are\n");
    assert_mistakes("Server: {}\n",
                    "1: Server: is no setting, see conf/fastim.yml for those there are\n");
    assert_mistakes(
        "im:\n  groupMessage:\n    <<: {listNum: 1}\n",
        "3: im.groupMessage.<<: is no setting, see conf/fastim.yml for those there are\n");
    assert_mistakes("\"\": 1\n", "1: : is no setting, see conf/fastim.yml for those there are\n");
}

static void
config_names_every_mistake_at_once(void **state)
{
    (void)state;
    assert_mistakes("server:\n  port: x\nlog:\n  level: loud\n",
                    "2: server.port: is \"x\", should be a whole number from 1 to 65535\n"
                    "4: log.level: is \"loud\", should be one of error, warn, info, debug\n");
}

static void
config_refuses_what_is_no_whole_number(void **state)
{
    static const char *const wrong[] = {
        "x",
        "1.5",
        "9000.0",
        "9_000",
        "0x10",
        "1e3",
        "+1",
        "yes",
        "-",
        "80 ",
        " 80",
        "80 81",
        "1-",
        "\\t80",
        "",
        "--1",
        "99999999999999999999",
    };
    char yaml[100], wanted[200];

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const char *shown = strcmp(wrong[i], "\\t80") == 0 ? "\t80" : wrong[i];

        snprintf(yaml, sizeof(yaml), "server:\n  port: \"%s\"\n", wrong[i]);
        snprintf(wanted, sizeof(wanted),
                 "2: server.port: is \"%s\", should be a whole number from 1 to 65535\n", shown);
        assert_mistakes(yaml, wanted);
    }
}

static void
config_refuses_what_is_out_of_bounds(void **state)
{
    (void)state;
    assert_mistakes("server: {port: 0}\n",
                    "1: server.port: is \"0\", should be a whole number from 1 to 65535\n");
    assert_mistakes("server: {port: 65536}\n",
                    "1: server.port: is \"65536\", should be a whole number from 1 to 65535\n");
    assert_mistakes("redis: {database: -1}\n",
                    "1: redis.database: is \"-1\", should be a whole number from 0 to 1000000\n");
    assert_mistakes("im:\n  groupMessage:\n    timeout: 0\n",
                    "3: im.groupMessage.timeout: is \"0\", should be a whole number from 1 to "
                    "315360000\n");
    assert_mistakes("im: {group: {loginAuth: 2}}\n",
                    "1: im.group.loginAuth: is \"2\", should be 0 or 1\n");
    assert_mistakes("im: {group: {autoJoin: true}}\n",
                    "1: im.group.autoJoin: is \"true\", should be 0 or 1\n");
    assert_mistakes("redis:\n  host:\n",
                    "2: redis.host: is \"\", should be a text of 1 to 255 bytes, "
                    "without control characters\n");
    assert_mistakes("push: {listen: 9001}\n",
                    "1: push.listen: is \"9001\", should be ADDRESS:PORT, "
                    "as 127.0.0.1:9001 or [::1]:9001\n");
    settings_destroy(load_valid("server: {port: 65535}\n"));
    settings_destroy(
        load_valid("im: {groupMessage: {timeout: 315360000, maxMessageBytes: 1048576}}\n"));
}

static void
config_refuses_control_characters_in_texts(void **state)
{
    (void)state;
    assert_null(load_bytes(str_of("http: {origins: \"a\\r\\nX: y\"}\n")));
    assert_null(load_bytes(str_of("redis: {prefix: \"a\\0b\"}\n")));
    assert_null(load_bytes(str_of("redis: {socket: \"/a\\x7fb\"}\n")));
    settings_destroy(load_valid("redis: {prefix: \"\xe7\xbe\xa4:\"}\n"));
}

static void
config_refuses_a_section_for_a_value_and_the_reverse(void **state)
{
    (void)state;
    assert_mistakes("server:\n  port:\n    a: 1\n",
                    "2: server.port: is a section or a list, should be "
                    "a whole number from 1 to 65535\n");
    assert_mistakes("server: {port: [9000]}\n",
                    "1: server.port: is a section or a list, should be a "
                    "whole number from 1 to 65535\n");
    assert_mistakes("im: 1\n", "1: im: is a value, should be a section with settings\n");
    assert_mistakes("im: [group]\n", "1: im: is a value, should be a section with settings\n");
    assert_mistakes("spring:\n  redis: x\n",
                    "2: spring.redis: is a value, should be a section with settings\n");
    assert_mistakes("[a]: b\n", "1: file: has a name that is no setting's\n");
    assert_mistakes("server:\n  {a: b}: c\n", "2: server: has a name that is no setting's\n");
}

static void
config_refuses_a_setting_given_twice(void **state)
{
    (void)state;
    assert_mistakes("server:\n  port: 1\n  port: 1\n",
                    "3: server.port: is given twice, keep this or that of line 2\n");
    assert_mistakes("redis:\n  port: 1\nspring:\n  redis:\n    port: 1\n",
                    "5: spring.redis.port: is given twice, keep this or that of line 2\n");
    assert_mistakes("log: {level: info}\nlog: {level: warn}\n",
                    "2: log.level: is given twice, keep this or that of line 1\n");
}

static void
config_never_repeats_a_password(void **state)
{
    (void)state;
    assert_mistakes("redis:\n  password: \"s3cret\\n\"\n",
                    "2: redis.password: is not valid, should be a text of 0 to 4096 bytes, without "
                    "control characters\n");
    assert_mistakes(
        "spring: {redis: {password: [s3cret]}}\n",
        "1: spring.redis.password: is a section or a list, should be a text of 0 to 4096 "
        "bytes, without control characters\n");
}

static void
config_never_repeats_a_key(void **state)
{
    (void)state;
    assert_mistakes("login:\n  jwtKey: s3cret\n",
                    "2: login.jwtKey: is a secret of less than 32 bytes, write a longer one, as of "
                    "`openssl rand -hex 32`\n");
    assert_mistakes("login:\n  jwtKey: \"s3cret s3cret s3cret s3cret s3cret\\t\"\n",
                    "2: login.jwtKey: is not valid, should be a secret of at least 32 bytes, a PEM "
                    "public key, the path of either, or nothing\n");
    assert_mistakes("admin:\n  tokens: ann:s3cret\n",
                    "2: admin.tokens: word 1 (\"ann\") has a token that is none, write 8 to 256 "
                    "ASCII characters behind the colon\n");
    assert_mistakes("admin:\n  tokens: \"ann:s3cret s3cret\\t\"\n",
                    "2: admin.tokens: word 1 (\"ann\") has a token that is none, write 8 to 256 "
                    "ASCII characters behind the colon\n");
    assert_mistakes(
        "login:\n  jwtKey: |\n    -----BEGIN PUBLIC KEY-----\n    s3cret\n"
        "    -----END PUBLIC KEY-----\n",
        "2: login.jwtKey: has a broken PEM, write it as `openssl pkey -pubout` has it\n");
    assert_mistakes(
        "login: {jwtKey: /nonexistent}\n",
        "1: login.jwtKey: names a file that cannot be used (No such file or directory), "
        "write the path of a key\n");
}

static void
config_says_where_a_file_is_not_yaml(void **state)
{
    (void)state;
    assert_mistakes("server:\n  port: 1\n bad: [\n",
                    "3: file: is not YAML: did not find expected key\n");
    assert_mistakes("a: *nobody\n", "1: file: is not YAML: found undefined alias\n");
    assert_mistakes("# fine\n\n# fine\nx: \xff\n",
                    "4: file: is not YAML: invalid leading UTF-8 octet\n");
    assert_mistakes("just words\n", "1: file: is no mapping, should be `key: value` lines\n");
    assert_mistakes("- a\n- b\n", "1: file: is no mapping, should be `key: value` lines\n");
}

static void
config_refuses_a_second_document(void **state)
{
    (void)state;
    assert_mistakes("server:\n  port: 1\n---\nserver:\n  port: 2\n",
                    "4: file: is several documents, should be one\n");
    assert_mistakes("server:\n  port: 1\n---\n]\n",
                    "4: file: is not YAML: did not find expected node content\n");
}

static void
config_says_why_a_file_cannot_be_read(void **state)
{
    (void)state;
    assert_null(load("/nowhere/fastim.yml"));
    assert_string_equal(errors, "/nowhere/fastim.yml:0: file: cannot be read (No such file or "
                                "directory), name one with -c or FASTIM_CONFIG\n");
    assert_null(load("/tmp"));
    assert_non_null(strstr(errors, "/tmp:"));
}

static void
config_is_not_led_astray_by_aliases(void **state)
{
    char *bomb = malloc(100000), *end = bomb;
    struct config *c;

    (void)state;
    c = load_valid("push: {pongTimeoutS: &n 99}\nim: {groupMessage: {listNum: *n}}\n");
    assert_int_equal(c->message.list_num, 99);
    settings_destroy(c);
    assert_mistakes("im: &a\n  im: *a\n",
                    "2: im.im: is no setting, see conf/fastim.yml for those there are\n");
    /* A billion laughs: ten aliases to the level below, thirty levels high. */
    end += sprintf(end, "l0: &l0 x\n");
    for (int level = 1; level < 30; level++) {
        end += sprintf(end, "l%d: &l%d [", level, level);
        for (int i = 0; i < 10; i++) {
            end += sprintf(end, "%s*l%d", i > 0 ? "," : "", level - 1);
        }
        end += sprintf(end, "]\n");
    }
    assert_null(load_bytes(str_of(bomb)));
    free(bomb);
}

/* A file of count times the text. */
static char *
repeat(const char *text, size_t count)
{
    size_t length = strlen(text);
    char *yaml = malloc(count * length + 1);

    for (size_t i = 0; i < count; i++) {
        memcpy(yaml + i * length, text, length);
    }
    yaml[count * length] = '\0';
    return yaml;
}

/* The time of libyaml grows with the square of the depth: 5,000 brackets are 25 ms, 100,000 are
 * 10 s. */
static void
config_refuses_deep_nesting_at_once(void **state)
{
    static const struct {
        const char *text;
        size_t count;
        const char *mistake;
    } cases[] = {
        {"[", 5000, "1: file: nests more than 64 deep, should be sections with settings\n"},
        {"{a: ", 5000, "1: file: nests more than 64 deep, should be sections with settings\n"},
        {"? ", 5000, "1: file: nests more than 64 deep, should be sections with settings\n"},
        {"- ", 5000, "1: file: nests more than 64 deep, should be sections with settings\n"},
        {"[\n", 100000, "65: file: nests more than 64 deep, should be sections with settings\n"},
        {"[", 65, "1: file: nests more than 64 deep, should be sections with settings\n"},
        {"[", 64, "2: file: is not YAML: did not find expected node content\n"},
    };
    int64_t since = clock_cpu_us();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *yaml = repeat(cases[i].text, cases[i].count);

        assert_mistakes(yaml, cases[i].mistake);
        free(yaml);
    }
    assert_in_range(clock_cpu_us() - since, 0, 1000000);
}

static void
config_bears_any_length(void **state)
{
    char *yaml = repeat("x", 100000);

    (void)state;
    memcpy(yaml + 99990, ": 1\n", 5); /* too long for a key */
    assert_null(load_bytes(str_of(yaml)));
    free(yaml);
    yaml = repeat("p", 100000);
    memcpy(yaml, "redis: {prefix: ", 16);
    memcpy(yaml + 99990, "}\n", 3);
    assert_null(load_bytes(str_of(yaml)));
    assert_non_null(strstr(errors, "1: redis.prefix: is \"pppp"));
    free(yaml);
}

static void
config_pong_timeout_must_exceed_the_ping_interval(void **state)
{
    (void)state;
    assert_mistakes("push:\n  pingIntervalS: 60\n",
                    "2: push.pongTimeoutS: is 60, should be more than push.pingIntervalS, which is "
                    "60\n");
    assert_mistakes("push:\n  pingIntervalS: 20\n  pongTimeoutS: 10\n",
                    "3: push.pongTimeoutS: is 10, should be more than push.pingIntervalS, which is "
                    "20\n");
    settings_destroy(load_valid("push: {pingIntervalS: 59}\n"));
}

static void
config_names_origins_that_no_browser_sends(void **state)
{
    (void)state;
    assert_mistakes("push:\n  origins: https://a.com/\nhttp:\n"
                    "  origins: https://a.com https://Example.com\n",
                    "2: push.origins: \"https://a.com/\" has a path, write https://a.com\n"
                    "4: http.origins: \"https://Example.com\" is not in lower case, write "
                    "https://example.com\n");
    assert_mistakes("push: {origins: null}\nhttp: {origins: ''}\n",
                    "1: push.origins: is \"null\", should be \"*\", or origins as "
                    "https://example.org or \"null\", separated by spaces\n"
                    "2: http.origins: is \"\", should be \"*\", or origins as "
                    "https://example.org or \"null\", separated by spaces\n");
    settings_destroy(load_valid("push: {origins: 'null'}\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(config_passes_over_what_is_for_the_java_program_alone),
        TEST(config_says_what_to_write_for_what_it_cannot_do),
        TEST(config_takes_environment_variables_and_says_which_value_lacks_one),
        TEST(config_encoding_java_goes_with_no_prefix),
        TEST(config_of_a_cluster_takes_no_settings_of_one_redis),
        TEST(config_names_an_unknown_key_with_its_line),
        TEST(config_names_every_mistake_at_once),
        TEST(config_refuses_what_is_no_whole_number),
        TEST(config_refuses_what_is_out_of_bounds),
        TEST(config_refuses_control_characters_in_texts),
        TEST(config_refuses_a_section_for_a_value_and_the_reverse),
        TEST(config_refuses_a_setting_given_twice),
        TEST(config_never_repeats_a_password),
        TEST(config_never_repeats_a_key),
        TEST(config_says_where_a_file_is_not_yaml),
        TEST(config_refuses_a_second_document),
        TEST(config_says_why_a_file_cannot_be_read),
        TEST(config_is_not_led_astray_by_aliases),
        TEST(config_refuses_deep_nesting_at_once),
        TEST(config_bears_any_length),
        TEST(config_pong_timeout_must_exceed_the_ping_interval),
        TEST(config_names_origins_that_no_browser_sends),
    };

    return cmocka_run_group_tests_name("config_file, mistakes", tests, NULL, NULL);
}
