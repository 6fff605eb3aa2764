/* config.h - the values of all settings, in a struct that is passed along.
 *
 * settings.c has each setting's meaning, bounds and default in one row of its table;
 * conf/fastim.yml explains them to users. Strings are never NULL: "" means "none". */
#ifndef LIB_CONFIG_CONFIG_H
#define LIB_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

enum config_login_method {
    LOGIN_OPEN,        /* everybody may log in, as in fast-im */
    LOGIN_HTPASSWD,    /* the users of an Apache password file */
    LOGIN_MODULE,      /* a shared object of the site decides */
    LOGIN_REMOTE_USER, /* the user whom the web server has authenticated */
    LOGIN_METHOD__MAX
};

enum config_hook_failure {
    HOOK_ALLOWS,  /* the message is stored without a review */
    HOOK_REFUSES, /* it is not stored, and the sender is told */
    HOOK_FAILURE__MAX
};

enum config_filter_action {
    FILTER_REFUSES, /* the sender is told */
    FILTER_MASKS,   /* each character of a word becomes a `*` */
    FILTER_ACTION__MAX
};

enum config_encoding {
    ENCODING_PLAIN, /* values stand in Redis as they are */
    ENCODING_JAVA,  /* as the Java original has them: lib/encoding/value.h */
    ENCODING__MAX
};

struct config {
    struct {
        int64_t port;
    } server;
    struct config_redis {
        char *host;
        int64_t port;
        char *username; /* of an ACL; "": the default user */
        char *password;
        int64_t database;
        char *socket; /* path of a unix socket; used instead of host and port */
        char *prefix; /* of every key and channel */
        int encoding; /* enum config_encoding */
        int64_t timeout_ms;
        char *sentinels; /* ADDRESS:PORT words; used instead of host, port and socket */
        char *master;    /* the name by which the Sentinels know it */
        char *cluster;   /* ADDRESS:PORT words: nodes of a Redis Cluster; not host, port... then */
    } redis;
    struct {
        bool login_auth;
        bool auto_join;
        int64_t max_per_user; /* 0: any */
        bool members_only;
    } group;
    struct {
        int64_t timeout_s;
        int64_t list_num;
        int64_t max_count; /* 0: all */
        int64_t max_message_bytes;
        int64_t recall_time_limit_s;
    } message;
    struct {
        int64_t update_rate_s;
    } list;
    struct {
        bool on;
        int64_t names; /* are told of so many users at most; 0: never */
        int64_t interval_s;
    } presence;
    struct {
        int64_t max; /* frames */
    } resume;
    struct {
        int64_t slow; /* s, of a group that was set none; 0: off */
        int64_t cap;  /* messages a second, likewise */
    } room;
    struct {
        int64_t per_second; /* of a connection; 0: none are taken */
        int64_t per_group;  /* of a group on a daemon; likewise */
    } signal;
    struct {
        char *file; /* of words; "": none */
        int action; /* enum config_filter_action */
    } filter;
    struct {
        char *url; /* that is shown each message before it is stored, http://…; "": none */
        int64_t timeout_ms;
        int on_failure;      /* enum config_hook_failure */
        int64_t connections; /* of a process to the site */
    } hook;
    struct {
        int64_t processes;
        char *origins;               /* "*" or origins separated by spaces */
        int64_t requests_per_second; /* of an address; 0: no limit */
        char *open;                  /* paths that need no login, separated by spaces */
        char *socket_user;
        char *socket_group;
    } http;
    struct {
        int method; /* enum config_login_method */
        char *htpasswd;
        char *module;
        int64_t max_failures; /* 0: any number */
        int64_t failure_window_s;
        char *jwt_key; /* a secret, a PEM or a path, as jwt_key_create() takes it; "": no JWTs */
    } login;
    struct {
        char *tokens;    /* NAME:TOKEN words; "": there are no operators */
        char *addresses; /* from where operators may come, as push.trusted_proxies; "": anywhere */
    } admin;
    struct {
        char *listen;            /* ADDRESS:PORT */
        int64_t workers;         /* 0: one per core */
        int64_t max_connections; /* of a worker; 0: as many as the descriptor limit allows */
        int64_t flush_interval_ms;
        int64_t room_log_bytes;
        int64_t ping_interval_s;
        int64_t pong_timeout_s;
        char *health; /* ADDRESS:PORT; "": no health server */
        int64_t drain_s;
        int64_t reconnect_spread_ms;
        char *trusted_proxies; /* addresses or networks, separated by spaces */
        char *origins;         /* as http.origins */
        /* Limits of one worker; 0: no limit. */
        int64_t max_per_user;
        int64_t max_per_address;
        int64_t joins_per_second;    /* of an address */
        int64_t messages_per_second; /* of a user, and of an address */
        int64_t message_burst;
        int64_t bytes_per_second; /* likewise */
        int64_t byte_burst;
    } push;
    struct {
        int level; /* enum log_level */
    } log;
};

/* Is Redis a cluster? Then names are others, and each command goes to the node of its slot. */
static inline bool
config_is_cluster(const struct config_redis *redis)
{
    return redis->cluster[0] != '\0';
}

/* Looks at what no setting can say by itself, and calls told for each mistake: of which setting,
 * and, if it is not NULL, of which other one; text: what is wrong, what would be right. */
typedef void config_told_fn(void *arg, const char *key, const char *other, const char *text);
void config_check(const struct config *config, config_told_fn *told, void *arg);

/* The path of the settings file: given (may be NULL), else $FASTIM_CONFIG, else the installed file
 * if it exists, else conf/fastim.yml. */
const char *config_path(const char *given);

#endif
