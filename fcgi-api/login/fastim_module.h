/* fastim_module.h - the interface of a login module: a shared object that a site names in
 * login.module.
 *
 *     #include <fastim/fastim_module.h>
 *     FASTIM_MODULE
 *     int fastim_login(const char *user, const char *password, struct fastim_user_info *info) { … }
 *
 *     cc -shared -fPIC -o my-login.so my-login.c
 *
 * Each FastCGI process loads it once, at its start, and calls it for one request at a time. A plain
 * CGI loads it for each request. A function may take its time; its process waits, so a site then
 * needs more processes. stderr goes to the web server's error log or to the journal: never write
 * passwords or tokens to it.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef API_LOGIN_FASTIM_MODULE_H
#define API_LOGIN_FASTIM_MODULE_H

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface: 2 brought fastim_user_info.id. fastim also loads modules that were
 * made for an older one, and none that was made for a newer one. */
#define FASTIM_MODULE_VERSION 2
#define FASTIM_MODULE                                                                              \
    extern const int fastim_module_version;                                                        \
    const int fastim_module_version = FASTIM_MODULE_VERSION;

enum fastim_answer {
    FASTIM_NO = 0,
    FASTIM_YES = 1,
    FASTIM_UNKNOWN = -1 /* the module cannot say now: the client gets 503 */
};

/* The `data` that the client of /user/login gets. If both are NULL it is "user_info", as in
 * fast-im. The strings are UTF-8 and end in NUL. They belong to the module, and must last until
 * its next call. */
struct fastim_user_info {
    const char *text; /* becomes a JSON string */
    const char *json; /* is sent as it is, instead of text; if it is no JSON: 500 */
    /* The user's id, if it is not the one that the client has sent: `ann` for `ANN` or for a mail
     * address. The token is for this id, so tell it to the client by text or json. With FASTIM_NO
     * the failure counts for it. If it is no valid id: 500. */
    const char *id;
};

/* May this user have a token? Needed if login.method is module. user: 1 to 128 bytes of UTF-8
 * without control characters and `/`. password: at most 1024 bytes, may be empty. If there were
 * too many failures (login.maxFailures), fastim refuses the login without a call. */
int fastim_login(const char *user, const char *password, struct fastim_user_info *info);

/* A request on its way in. The strings are never NULL, and last until the function returns. */
struct fastim_request {
    const char *method; /* "POST" */
    const char *path;   /* "/user/listGroup", decoded, without needless slashes */
    const char *query;  /* raw */
    const char *user;   /* the header userId, in UTF-8; fastim checks its token after this call */
    const char *client; /* the client's address, as the web server says */
    /* Any other variable of the request (RFC 3875); a header is HTTP_USER_AGENT, for example.
     * NULL: it is not set. */
    const char *(*variable)(const struct fastim_request *request, const char *name);
    void *private_data; /* fastim's own */
};

/* The response to a refused request; all zero: 403 `拒绝访问`. */
struct fastim_refusal {
    int code;        /* 100, 440, or an HTTP status from 400 to 599 */
    const char *msg; /* as the strings of fastim_user_info */
};

/* May this request go on? Optional: without it, all requests may. fastim calls it for each request
 * with a path and method that exist, before it checks login and body. If the token is not that of
 * user, and the header can be read in another way (percent-decoded), fastim calls it again with
 * that user before it checks that login. Not for WebSockets. */
int fastim_intercept(const struct fastim_request *request, struct fastim_refusal *refusal);

#ifdef __cplusplus
}
#endif

#endif
