/* page.c - the pages of www/, each with the policy that says what it may load. */
#include "fcgi-api/endpoints/endpoint.h"
#include "fcgi-api/www/file.h"

/* A page to try the WebSockets, which has its script and its style inside. */
static void
page_answer_test(struct exchange *ex, const struct reply *reply)
{
    (void)reply;
    www_file_answer_page(
        ex, &www_file_test,
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "connect-src ws: wss:; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'");
}

const struct endpoint ep_page_test = {
    .method = "GET",
    .path = "/test/websocket",
    .answer = page_answer_test,
};

/* ---- a room for people ---- */

/* The page itself is the same for all groups: who may enter is asked by the room in it. */
static void
page_answer_chat(struct exchange *ex, const struct reply *reply)
{
    (void)reply;
    www_file_answer_page(
        ex, &www_file_chat,
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'");
}

const struct endpoint ep_page_chat = {
    .method = "GET",
    .path = "/chat/{groupId}",
    .whom = FOR_ANYBODY,
    .answer = page_answer_chat,
};
