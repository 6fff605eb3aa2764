/* client.c - GET /fastim.js and the files beside it: the client for pages, workers and Node.
 *
 * No login is asked for. A browser keeps them for an hour. */
#include "fcgi-api/endpoints/endpoint.h"
#include "fcgi-api/www/file.h"

static void
client_answer(struct exchange *ex, const struct www_file *file)
{
    www_file_answer(ex, file, "text/javascript;charset=utf-8", "max-age=3600");
}

static void
client_answer_fastim(struct exchange *ex, const struct reply *reply)
{
    (void)reply;
    client_answer(ex, &www_file_fastim);
}

static void
client_answer_sse(struct exchange *ex, const struct reply *reply)
{
    (void)reply;
    client_answer(ex, &www_file_sse);
}

static void
client_answer_global(struct exchange *ex, const struct reply *reply)
{
    (void)reply;
    client_answer(ex, &www_file_global);
}

static void
client_answer_room(struct exchange *ex, const struct reply *reply)
{
    (void)reply;
    client_answer(ex, &www_file_room);
}

const struct endpoint ep_client_fastim = {
    .method = "GET",
    .path = "/fastim.js",
    .whom = FOR_ANYBODY,
    .answer = client_answer_fastim,
};

const struct endpoint ep_client_sse = {
    .method = "GET",
    .path = "/fastim-sse.js",
    .whom = FOR_ANYBODY,
    .answer = client_answer_sse,
};

const struct endpoint ep_client_global = {
    .method = "GET",
    .path = "/fastim.global.js",
    .whom = FOR_ANYBODY,
    .answer = client_answer_global,
};

const struct endpoint ep_client_room = {
    .method = "GET",
    .path = "/fastim-room.js",
    .whom = FOR_ANYBODY,
    .answer = client_answer_room,
};
