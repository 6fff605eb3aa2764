/* client_file.c - GET /fastim.js and the files beside it: the client for pages, workers and Node.
 *
 * They are the same for everybody, so no login is asked for. A browser keeps them for an hour, and
 * then asks whether they have changed; with the program they change together. */
#include "fcgi-api/endpoints/client_file.h"

#include <stdio.h>
#include <string.h>

#include "fcgi-api/endpoints/endpoint.h"

/* A web server that compresses makes "x" into W/"x" or "x-gzip", and a client may have several: so
 * the digest alone is looked for. */
static bool
client_file_is_known(const struct request *request, const struct client_file *file)
{
    struct str known = request->if_none_match;

    return known.len > 0 && memmem(known.p, known.len, file->digest, strlen(file->digest)) != NULL;
}

static void
client_file_answer(struct exchange *ex, const struct client_file *file)
{
    struct response *r = ex->response;
    char etag[80];

    snprintf(etag, sizeof(etag), "\"%s\"", file->digest);
    response_header(r, "ETag", etag);
    r->cache = "max-age=3600";
    if (client_file_is_known(ex->request, file)) {
        r->status = 304;
        return;
    }
    r->status = 200;
    response_header(r, "Content-Type", "text/javascript;charset=utf-8");
    text_add(&r->body, file->bytes, file->length);
}

static void
client_file_answer_fastim(struct exchange *ex, const struct reply *reply)
{
    (void)reply;
    client_file_answer(ex, &client_file_fastim);
}

static void
client_file_answer_sse(struct exchange *ex, const struct reply *reply)
{
    (void)reply;
    client_file_answer(ex, &client_file_sse);
}

static void
client_file_answer_global(struct exchange *ex, const struct reply *reply)
{
    (void)reply;
    client_file_answer(ex, &client_file_global);
}

const struct endpoint ep_client_fastim = {
    .method = "GET",
    .path = "/fastim.js",
    .whom = FOR_ANYBODY,
    .answer = client_file_answer_fastim,
};

const struct endpoint ep_client_sse = {
    .method = "GET",
    .path = "/fastim-sse.js",
    .whom = FOR_ANYBODY,
    .answer = client_file_answer_sse,
};

const struct endpoint ep_client_global = {
    .method = "GET",
    .path = "/fastim.global.js",
    .whom = FOR_ANYBODY,
    .answer = client_file_answer_global,
};
