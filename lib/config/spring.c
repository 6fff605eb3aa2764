/* spring.c - the keys of an application.yml of the Java original. */
#include "lib/config/spring.h"

#include <stddef.h>
#include <string.h>

#include "lib/str.h"

/* Behind spring_plain_key(); those of redis only if it has taken something off. */
static const char *const ignored[] = {
    "redis.jedis",       "redis.lettuce",     "redis.timeout", "redis.connect-timeout",
    "redis.client-name", "redis.client-type", "logging",       "management",
    "server.tomcat",     "server.error",      "server.http2",  "server.compression",
    "server.shutdown",   "server.servlet",    "spring.aop",    "spring.application",
    "spring.banner",     "spring.cache",      "spring.jmx",    "spring.devtools",
    "spring.http",       "spring.jackson",    "spring.main",   "spring.lifecycle",
    "spring.messages",   "spring.mvc",        "spring.output", "spring.resources",
    "spring.servlet",    "spring.task",       "spring.web",    "spring.session",
};

static const struct {
    const char *key, *why;
} refused[] = {
    {"redis.url", "is no setting, write host, port, username, password and database"},
    {"redis.ssl", "is no setting, put a tunnel such as stunnel before a Redis that needs TLS"},
    {"redis.sentinel", "is no setting, write redis.master and redis.sentinels"},
    {"spring.profiles", "is no setting, write what the profile says into this file"},
    {"spring.config", "is no setting, write what it imports into this file"},
    {"spring.cloud", "is no setting, write what it imports into this file"},
    {"server.address", "is no setting, write it into the settings of the web server"},
    {"server.ssl", "is no setting, write it into the settings of the web server"},
    {"server.servlet.context-path", "is no setting, let the web server take that path off"},
};

static bool
spring_is_at_or_below(const char *key, const char *root)
{
    size_t len = strlen(root);

    return strncmp(key, root, len) == 0 && (key[len] == '\0' || key[len] == '.');
}

const char *
spring_plain_key(const char *key)
{
    if (spring_is_at_or_below(key, "spring.data.redis")) {
        return key + strlen("spring.data.");
    }
    return spring_is_at_or_below(key, "spring.redis") ? key + strlen("spring.") : key;
}

bool
spring_is_section(const char *key)
{
    static const char *const sections[] = {"spring", "spring.data", "redis.ssl", "server.ssl",
                                           "server.servlet"};

    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        if (strcmp(spring_plain_key(key), sections[i]) == 0) {
            return strncmp(sections[i], "redis.", 6) != 0 || spring_plain_key(key) != key;
        }
    }
    return false;
}

/* Is this key of the table meant? */
static bool
spring_is_meant(const char *key, const char *entry)
{
    const char *plain = spring_plain_key(key);

    return spring_is_at_or_below(plain, entry) &&
           (plain != key || strncmp(entry, "redis.", 6) != 0);
}

const char *
spring_refusal(const char *key)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (spring_is_meant(key, refused[i].key)) {
            return refused[i].why;
        }
    }
    return NULL;
}

bool
spring_is_ignored(const char *key)
{
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        if (spring_is_meant(key, ignored[i])) {
            return !spring_is_section(key) && spring_refusal(key) == NULL;
        }
    }
    return false;
}
