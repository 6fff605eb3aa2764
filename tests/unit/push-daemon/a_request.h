/* a_request.h - somebody asks for a WebSocket. */
#ifndef TESTS_UNIT_PUSHD_A_REQUEST_H
#define TESTS_UNIT_PUSHD_A_REQUEST_H

#include "push-daemon/net/ws_request.h"
#include "tests/unit/unit.h"

/* Of a chat client; group "": of a group-list client. */
static inline struct ws_request
a_request(const char *group, const char *user, const char *address)
{
    struct ws_request request = {.route = {.kind = *group != '\0' ? ROUTE_CHAT : ROUTE_LIST,
                                           .group = str_of(group),
                                           .user = str_of(user),
                                           .token = BYTES("secret")}};

    assert_true(address_parse(&request.client, str_of(address)));
    return request;
}

/* The same of user u, by fastim.v2. */
static inline struct ws_request
a_v2_request(const char *group, const char *token, const char *resume)
{
    struct ws_request request = a_request(group, "u", "10.0.0.1");

    request.is_v2 = true;
    request.route.token = str_of(token);
    request.route.resume = str_of(resume);
    return request;
}

#endif
