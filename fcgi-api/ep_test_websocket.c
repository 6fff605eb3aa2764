/* ep_test_websocket.c - GET /test/websocket: the page to try WebSockets with. */
#include "fcgi-api/endpoint.h"
#include "fcgi-api/test_page.h"

static void
answer(struct call *call, const struct reply *reply)
{
    (void)reply;
    call->response->status = 200;
    response_header(call->response, "Content-Type", "text/html;charset=utf-8");
    response_header(call->response, "Content-Security-Policy",
                    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                    "connect-src ws: wss:; img-src data:; base-uri 'none'; form-action 'none'; "
                    "frame-ancestors 'none'");
    text_add(&call->response->body, test_page, test_page_length);
}

const struct endpoint ep_test_websocket = {
    .method = "GET",
    .path = "/test/websocket",
    .answer = answer,
};
