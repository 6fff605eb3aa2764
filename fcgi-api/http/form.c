/* form.c - the parameters of a request. */
#include "fcgi-api/http/form.h"

#include <stdlib.h>
#include <strings.h>

#include "fcgi-api/http/multipart.h"
#include "fcgi-api/http/percent.h"
#include "lib/mem.h"
#include "lib/utf8.h"

static bool
form_add(void *arg, struct str name, struct str value)
{
    struct form *f = arg;

    if (f->count == FORM_FIELDS_MAX || !utf8_valid(name) || !utf8_valid(value) ||
        (value.len > 0 && memchr(value.p, '\0', value.len) != NULL)) {
        return false;
    }
    f->fields[f->count].name = name;
    f->fields[f->count].value = value;
    f->count++;
    return true;
}

/* Reads a=1&b=2 (URL Standard, application/x-www-form-urlencoded). Overwrites encoded. */
static bool
form_read_urlencoded(struct form *f, char *encoded, size_t length)
{
    char *p = encoded, *end = encoded + length;

    if (length > 0 && memchr(encoded, '\0', length) != NULL) {
        return false;
    }
    while (p < end) {
        char *next = memchr(p, '&', (size_t)(end - p));
        char *stop = next != NULL ? next : end;
        char *equals = memchr(p, '=', (size_t)(stop - p));
        struct str value = {"", 0};

        if (equals != NULL) {
            value = percent_decode(equals + 1, stop, true);
        }
        if (stop > p &&
            !form_add(f, percent_decode(p, equals != NULL ? equals : stop, true), value)) {
            return false;
        }
        p = stop + 1;
    }
    return true;
}

static bool
form_is_type(struct str content_type, const char *type)
{
    size_t length = strlen(type);

    return content_type.len >= length && strncasecmp(content_type.p, type, length) == 0 &&
           (content_type.len == length || strchr("; \t", content_type.p[length]) != NULL);
}

static enum form_result
form_read_body(struct form *f, const struct request *r, char *copy)
{
    struct str boundary;

    if (r->body_too_large) {
        return FORM_TOO_LARGE;
    }
    if (r->body.len == 0) {
        return FORM_OK;
    }
    if (form_is_type(r->content_type, "application/x-www-form-urlencoded")) {
        memcpy(copy, r->body.p, r->body.len);
        return form_read_urlencoded(f, copy, r->body.len) ? FORM_OK : FORM_MALFORMED;
    }
    if (!form_is_type(r->content_type, "multipart/form-data")) {
        return FORM_UNSUPPORTED;
    }
    boundary = multipart_boundary(r->content_type);
    return boundary.p != NULL && multipart_parse(r->body, boundary, form_add, f) ? FORM_OK
                                                                                 : FORM_MALFORMED;
}

enum form_result
form_read(struct form *f, const struct request *r)
{
    enum form_result result;
    char *query;

    f->count = 0;
    f->decoded = mem_alloc(r->body.len + r->query.len + 2); /* each with a NUL behind it */
    result = form_read_body(f, r, f->decoded);
    if (result != FORM_OK || r->query.len == 0) {
        return result;
    }
    query = f->decoded + r->body.len + 1;
    memcpy(query, r->query.p, r->query.len);
    return form_read_urlencoded(f, query, r->query.len) ? FORM_OK : FORM_MALFORMED;
}

void
form_fini(struct form *f)
{
    free(f->decoded);
    f->decoded = NULL;
}

struct str
form_get(const struct form *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++) { /* those of the body come first */
        if (str_is(f->fields[i].name, name)) {
            return f->fields[i].value;
        }
    }
    return str_make(NULL, 0);
}
