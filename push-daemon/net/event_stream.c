/* event_stream.c - the answer to a request for an event stream. */
#include "push-daemon/net/event_stream.h"

#include <stdlib.h>

#include "lib/cors.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push-daemon/core/env.h"
#include "push-daemon/net/connection.h"
#include "push-daemon/net/http_error.h"

enum {
    FORBIDDEN = 403,
    NOT_LOGGED_IN = 440, /* in envelopes alone */
    UNAVAILABLE = 503
};

struct event_stream {
    struct text cors; /* header lines, until it is answered */
    bool is_answered;
};

void
event_stream_open(struct ws *ws, struct str origin)
{
    ws->stream = mem_zalloc(sizeof(*ws->stream));
    cors_add(&ws->stream->cors, ws->server->env->config->http.origins, origin);
}

void
event_stream_close(struct ws *ws)
{
    if (ws->stream != NULL) {
        text_fini(&ws->stream->cors);
        free(ws->stream);
        ws->stream = NULL;
    }
}

/* It counts for the rates, so that nobody keeps us busy with it. */
bool
event_stream_take(struct ws *ws, char *bytes, size_t length)
{
    (void)bytes;
    if (length > 0) {
        ws->server->handlers.on_frame(ws->session);
    }
    return true;
}

/* ---- answers ---- */

/* The answer is out, and what it needed goes. */
static void
event_stream_answer(struct ws *ws, struct text *answer)
{
    ws_write_or_keep(ws, text_str(answer));
    text_fini(answer);
    text_fini(&ws->stream->cors);
    ws->stream->is_answered = true;
}

void
event_stream_begin(struct ws *ws)
{
    struct text head;

    text_init(&head);
    /* nginx buffers what comes from a proxy, unless told otherwise. */
    text_add_str(&head, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                        "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
                        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n");
    text_add(&head, ws->stream->cors.bytes, ws->stream->cors.len);
    text_add_str(&head, "\r\n");
    event_stream_answer(ws, &head);
}

static void
event_stream_answer_refusal(struct ws *ws, int status, int code, const char *msg)
{
    struct text answer, body;

    text_init(&body);
    text_add_str(&body, "{\"code\":");
    text_add_int(&body, code);
    text_add_str(&body, ",\"msg\":");
    text_add_json(&body, str_of(msg));
    text_add_str(&body, ",\"data\":null}");

    text_init(&answer);
    text_add_str(&answer, "HTTP/1.1 ");
    text_add_str(&answer, http_error_head(status));
    text_add_str(&answer, "\r\nContent-Type: application/json;charset=utf-8\r\n"
                          "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                          "Connection: close\r\n");
    text_add(&answer, ws->stream->cors.bytes, ws->stream->cors.len);
    text_add_str(&answer, "Content-Length: ");
    text_add_int(&answer, (int64_t)body.len);
    text_add_str(&answer, "\r\n\r\n");
    text_add(&answer, body.bytes, body.len);
    event_stream_answer(ws, &answer);
    text_fini(&body);
}

void
event_stream_refuse_request(struct ws *ws, struct refusal refusal)
{
    event_stream_answer_refusal(ws, refusal.status, refusal.status, refusal.why);
}

bool
event_stream_refuse(struct ws *ws, enum close_reason reason)
{
    int code = close_reason_v2(reason)->error;

    if (ws->stream == NULL || ws->stream->is_answered) {
        return false;
    }
    if (code == NOT_LOGGED_IN) {
        event_stream_answer_refusal(ws, FORBIDDEN, code, "请登录后访问");
    } else if (code == FORBIDDEN) {
        event_stream_answer_refusal(ws, FORBIDDEN, code, close_reason_text(reason));
    } else {
        event_stream_answer_refusal(ws, UNAVAILABLE, UNAVAILABLE, close_reason_text(reason));
    }
    ws_say_bye(ws);
    return true;
}

void
event_stream_allow(struct ws *ws, struct str origin, struct str asked)
{
    struct text answer;

    text_init(&answer);
    text_add_str(&answer, "HTTP/1.1 204 No Content\r\nAllow: GET, OPTIONS\r\n"
                          "Cache-Control: no-store\r\nConnection: close\r\n");
    cors_add_preflight(&answer, ws->server->env->config->http.origins, origin, "GET, OPTIONS",
                       asked);
    text_add_str(&answer, "\r\n");
    ws_write_or_keep(ws, text_str(&answer));
    text_fini(&answer);
}

void
event_stream_end(struct ws *ws)
{
    if (ws->stream != NULL) {
        ws_say_bye(ws);
    }
}
