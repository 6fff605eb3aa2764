/* fastim_module.h - what a login module of a site's own implements: a shared object, named by login.module.
 *
 *     #include <fastim/fastim_module.h>
 *     FASTIM_MODULE
 *     int fastim_login(const char *user, const char *password, struct fastim_user_info *info) { … }
 *
 *     cc -shared -fPIC -o my-login.so my-login.c
 *
 * Each FastCGI process loads it once, at its start, and calls it for one request at a time (as plain CGI:
 * for each request anew). A function may take its time, its process waits; the site then wants more processes.
 * What goes to stderr lands in the web server's error log or the journal: never write passwords or tokens there.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef API_LOGIN_FASTIM_MODULE_H
#define API_LOGIN_FASTIM_MODULE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Of this interface. A module made for another one is not loaded. */
#define FASTIM_MODULE_VERSION 1
#define FASTIM_MODULE                                                                              \
    extern const int fastim_module_version;                                                        \
    const int fastim_module_version = FASTIM_MODULE_VERSION;

enum fastim_answer {
    FASTIM_NO = 0,
    FASTIM_YES = 1,
    FASTIM_UNKNOWN = -1 /* it cannot be told now: the client gets 503 */
};

/* What the client of /user/login gets as `data`. All NULL: "user_info", as fast-im has it. Strings are UTF-8,
 * NUL-terminated, and stay the module's: they must last until its next call. */
struct fastim_user_info {
    const char *text; /* becomes a JSON string */
    const char *json; /* goes first: JSON as it stands; what is no JSON is answered by 500 */
};

/* May this user have a token? Needed with `login.method: module`. user is 1 to 128 bytes of UTF-8 without
 * control characters and `/`; password is at most 1024 bytes, may be empty. Too many failures are dealt with
 * (login.maxFailures) before it is asked. */
int fastim_login(const char *user, const char *password, struct fastim_user_info *info);

/* A request on its way in. Strings are never NULL, and are gone after the call. */
struct fastim_request {
    const char *method; /* "POST" */
    const char *path;   /* "/user/listGroup", decoded */
    const char *query;  /* raw */
    const char *user; /* the header userId: whether the token fits it is checked after this call */
    const char *client; /* the client's address, as the web server says */
    /* Any other variable of the request (RFC 3875), a header as HTTP_USER_AGENT; NULL: there is none. */
    const char *(*variable)(const struct fastim_request *request, const char *name);
    void *private_data; /* fastim's own */
};

/* What a refused request is answered; all zero: 403 `拒绝访问`. */
struct fastim_refusal {
    int code;        /* 100, 440, or an HTTP status from 400 to 599 */
    const char *msg; /* as the strings of fastim_user_info */
};

/* May this request go on? Not needed: without it, all may. It is asked for each request to a path and method
 * that there are, before login and body are looked at. WebSockets are not asked about. */
int fastim_intercept(const struct fastim_request *request, struct fastim_refusal *refusal);

#ifdef __cplusplus
}
#endif

#endif
