/* config.c - the path of the settings file, and which settings do not go together. */
#include "lib/config/config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef FASTIM_INSTALLED_CONFIG
#define FASTIM_INSTALLED_CONFIG "/etc/fastim/fastim.yml"
#endif

const char *
config_path(const char *given)
{
    const char *from_environment = getenv("FASTIM_CONFIG");

    if (given != NULL) {
        return given;
    }
    if (from_environment != NULL && *from_environment != '\0') {
        return from_environment;
    }
    return access(FASTIM_INSTALLED_CONFIG, F_OK) == 0 ? FASTIM_INSTALLED_CONFIG : "conf/fastim.yml";
}

/* ---- what no single setting can say ---- */

struct checking {
    const struct config *config;
    config_told_fn *told;
    void *arg;
};

static void __attribute__((format(printf, 4, 5)))
config_tell(const struct checking *c, const char *key, const char *other, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    c->told(c->arg, key, other, text);
}

static void
config_check_pings(const struct checking *c)
{
    int64_t ping = c->config->push.ping_interval_s, pong = c->config->push.pong_timeout_s;

    if (pong <= ping) {
        config_tell(c, "push.pongTimeoutS", "push.pingIntervalS",
                    "is %" PRId64 ", should be more than push.pingIntervalS, which is %" PRId64,
                    pong, ping);
    }
}

static void
config_check_login(const struct checking *c)
{
    if (c->config->login.method == LOGIN_HTPASSWD && *c->config->login.htpasswd == '\0') {
        config_tell(c, "login.method", NULL, "is htpasswd, so login.htpasswd should name the file");
    }
    if (c->config->login.method == LOGIN_MODULE && *c->config->login.module == '\0') {
        config_tell(c, "login.method", NULL,
                    "is module, so login.module should name the shared object");
    }
}

static void
config_check_encoding(const struct checking *c)
{
    const struct config_redis *redis = &c->config->redis;

    if (redis->encoding == ENCODING_JAVA && *redis->prefix != '\0') {
        config_tell(c, "redis.prefix", NULL, "is \"%s\", should be empty as redis.encoding is java",
                    redis->prefix);
    }
}

/* A brace in the prefix would be the hash tag of all names. Java hosts know neither the names nor
 * the channels that fastim has on a cluster, so their form would be of no use. */
static void
config_check_cluster(const struct checking *c)
{
    const struct config_redis *redis = &c->config->redis;

    if (!config_is_cluster(redis)) {
        return;
    }
    if (redis->cluster[strspn(redis->cluster, " ")] == '\0') {
        config_tell(c, "redis.cluster", NULL, "is blank, should name nodes or be empty");
    }
    if (*redis->sentinels != '\0') {
        config_tell(
            c, "redis.sentinels", NULL,
            "is set, should be empty as redis.cluster is set: its nodes elect by themselves");
    }
    if (*redis->socket != '\0') {
        config_tell(c, "redis.socket", NULL, "is set, should be empty as redis.cluster is set");
    }
    if (redis->database != 0) {
        config_tell(c, "redis.database", NULL,
                    "is %" PRId64 ", should be 0 as redis.cluster is set: it has no other one",
                    redis->database);
    }
    if (strpbrk(redis->prefix, "{}") != NULL) {
        config_tell(c, "redis.prefix", NULL,
                    "is \"%s\", should be without braces as redis.cluster is set", redis->prefix);
    }
    if (redis->encoding == ENCODING_JAVA) {
        config_tell(c, "redis.encoding", NULL,
                    "is java, should be plain as redis.cluster is set: Java hosts know no cluster");
    }
}

void
config_check(const struct config *config, config_told_fn *told, void *arg)
{
    const struct checking c = {config, told, arg};

    config_check_pings(&c);
    config_check_login(&c);
    config_check_encoding(&c);
    config_check_cluster(&c);
}
