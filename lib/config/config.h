/* config.h - every setting, read once from a YAML file into a struct that is passed along. */
#ifndef LIB_CONFIG_CONFIG_H
#define LIB_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/log.h"

enum config_login_method {
    LOGIN_OPEN,        /* everybody, as in fast-im */
    LOGIN_HTPASSWD,    /* who is in an Apache password file */
    LOGIN_MODULE,      /* whom a shared object of the site's lets in */
    LOGIN_REMOTE_USER, /* whom the web server has authenticated */
    LOGIN_METHOD__MAX
};

/* What each means, its bounds and its default stand in one row of the table in settings.c, and for
 * users in conf/fastim.yml. Strings are never NULL; "" is "none". */
struct config {
    struct {
        int64_t port;
    } server;
    struct config_redis {
        char *host;
        int64_t port;
        char *password;
        int64_t database;
        char *socket; /* path of a unix socket; used instead of host and port */
        char *prefix; /* stands before every key and channel */
        int64_t timeout_ms;
        char *sentinels; /* ADDRESS:PORT words; used instead of host, port and socket */
        char *master;    /* its name there */
    } redis;
    struct {
        bool login_auth;
        bool auto_join;
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
        int64_t processes;
        char *origins; /* "*" or origins separated by spaces */
        char *open;    /* paths that need no login, separated by spaces */
        char *socket_user;
        char *socket_group;
    } http;
    struct {
        int method; /* enum config_login_method */
        char *htpasswd;
        char *module;
        int64_t max_failures; /* 0: any number */
        int64_t failure_window_s;
    } login;
    struct {
        char *listen;            /* ADDRESS:PORT */
        int64_t workers;         /* 0: one per core */
        int64_t max_connections; /* of a worker; 0: what the descriptor limit allows */
        int64_t flush_interval_ms;
        int64_t room_log_bytes;
        int64_t ping_interval_s;
        int64_t pong_timeout_s;
        char *health; /* ADDRESS:PORT; "": nothing is told */
        int64_t drain_s;
        char *trusted_proxies; /* addresses or networks, separated by spaces */
        char *origins;         /* as http.origins */
        /* Limits of one worker; 0: none. */
        int64_t max_per_user;
        int64_t max_per_address;
        int64_t joins_per_second;    /* of an address */
        int64_t messages_per_second; /* of a connection */
        int64_t message_burst;
    } push;
    struct {
        int level; /* enum log_level */
    } log;
};

/* Where the settings are: given (may be NULL), else $FASTIM_CONFIG, else the installed file if there
 * is one, else conf/fastim.yml. */
const char *config_path(const char *given);

/* Reads the file. Each mistake in it is written to errors as "FILE:LINE: key: what is wrong, what
 * would be right"; NULL if there was one. The result goes to config_destroy(). */
struct config *config_load(const char *path, FILE *errors);
void config_destroy(struct config *config);

/* Writes every setting as `key: value`, one a line, passwords included. */
void config_print(const struct config *config, FILE *out);

enum {
    CONFIG_ADDRESS_SIZE = 64 /* of an address with its NUL */
};

/* Splits ADDRESS:PORT, [ADDRESS]:PORT or *:PORT. False if it is none of these. */
bool config_split_address(const char *text, char address[CONFIG_ADDRESS_SIZE], int *port);

/* A whole number as the settings write it: digits, a minus before them at the most. */
bool config_parse_int(const char *text, int64_t *n);

#endif
