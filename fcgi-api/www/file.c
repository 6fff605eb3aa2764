/* file.c - answers with a file of www/, or with 304 to whoever has it. */
#include "fcgi-api/www/file.h"

#include <stdio.h>
#include <string.h>

/* A web server that compresses makes "x" into W/"x" or "x-gzip", and a client may have several: so
 * the digest alone is looked for. */
static bool
www_file_is_known(const struct request *request, const struct www_file *file)
{
    struct str known = request->if_none_match;

    return known.len > 0 && memmem(known.p, known.len, file->digest, strlen(file->digest)) != NULL;
}

void
www_file_answer(struct exchange *ex, const struct www_file *file, const char *type,
                const char *cache)
{
    struct response *r = ex->response;
    char etag[80];

    snprintf(etag, sizeof(etag), "\"%s\"", file->digest);
    response_header(r, "ETag", etag);
    r->cache = cache;
    if (www_file_is_known(ex->request, file)) {
        r->status = 304;
        return;
    }
    r->status = 200;
    response_header(r, "Content-Type", type);
    text_add(&r->body, file->bytes, file->length);
}

void
www_file_answer_page(struct exchange *ex, const struct www_file *page, const char *policy)
{
    response_header(ex->response, "Content-Security-Policy", policy);
    www_file_answer(ex, page, "text/html;charset=utf-8", "no-cache");
}
