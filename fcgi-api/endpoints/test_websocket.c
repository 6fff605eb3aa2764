/* test_websocket.c - GET /test/websocket: a page to try the WebSockets. */
#include "fcgi-api/endpoints/endpoint.h"
#include "fcgi-api/endpoints/test_page.h"

static void
test_page_answer(struct exchange *ex, const struct reply *reply)
{
    (void)reply;
    ex->response->status = 200;
    response_header(ex->response, "Content-Type", "text/html;charset=utf-8");
    response_header(ex->response, "Content-Security-Policy",
                    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                    "connect-src ws: wss:; img-src data:; base-uri 'none'; form-action 'none'; "
                    "frame-ancestors 'none'");
    text_add(&ex->response->body, test_page, test_page_length);
}

const struct endpoint ep_test_websocket = {
    .method = "GET",
    .path = "/test/websocket",
    .answer = test_page_answer,
};
