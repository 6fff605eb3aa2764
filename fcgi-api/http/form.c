/* form.c - the parameters of a request. */
#include "fcgi-api/http/form.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "fcgi-api/http/json_body.h"
#include "fcgi-api/http/multipart.h"
#include "fcgi-api/http/percent.h"
#include "lib/mem.h"
#include "lib/utf8.h"

/* ---- what is wrong ---- */

static void form_note(struct form *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
form_note(struct form *f, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(f->why, sizeof(f->why), format, args);
    va_end(args);
}

/* Notes what is wrong with the parameter of this name, which may be long or no text. */
static void
form_note_field(struct form *f, struct str name, const char *what)
{
    size_t length = name.len;

    if (!utf8_valid(name)) {
        form_note(f, "a name is not in UTF-8");
        return;
    }
    if (name.len == 0) {
        name = str_of("a parameter without a name");
        length = name.len;
    }
    if (length > FORM_NAME_SHOWN) {
        length = FORM_NAME_SHOWN;
        while ((name.p[length] & 0xC0) == 0x80) { /* within a character */
            length--;
        }
    }
    form_note(f, "%.*s %s", (int)length, name.p, what);
}

/* ---- fields ---- */

static bool
form_has_nul(struct str s)
{
    return s.len > 0 && memchr(s.p, '\0', s.len) != NULL;
}

static bool
form_add(void *arg, struct str name, struct str value)
{
    struct form *f = arg;

    if (!utf8_valid(name) || !utf8_valid(value)) {
        form_note_field(f, name, "is not in UTF-8");
        return false;
    }
    if (form_has_nul(name) || form_has_nul(value)) {
        form_note_field(f, name, "has a NUL");
        return false;
    }
    if (value.p == NULL) { /* null in JSON: as if it were not there */
        return true;
    }
    if (f->count == FORM_FIELDS_MAX) {
        form_note(f, "more than %d parameters", FORM_FIELDS_MAX);
        return false;
    }
    f->fields[f->count].name = name;
    f->fields[f->count].value = value;
    f->count++;
    return true;
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

/* ---- the forms of a body ---- */

/* Reads a=1&b=2 (URL Standard, application/x-www-form-urlencoded). Overwrites encoded. */
static bool
form_read_urlencoded(struct form *f, char *encoded, size_t length)
{
    char *p = encoded, *end = encoded + length;

    if (form_has_nul(str_make(encoded, length))) {
        form_note(f, "a NUL that is not percent-encoded");
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
form_read_json(struct form *f, char *json, size_t length)
{
    struct json_body_fault fault;

    switch (json_body_parse(json, length, form_add, f, &fault)) {
    case JSON_BODY_OK:
        return true;
    case JSON_BODY_NO_JSON:
        form_note(f, "the body is no JSON at byte %zu", fault.at);
        break;
    case JSON_BODY_NO_OBJECT:
        form_note(f, "the JSON body is no object");
        break;
    case JSON_BODY_NESTED:
        form_note_field(f, fault.name,
                        "is an object or array: must be text, a number or a boolean");
        break;
    case JSON_BODY_SURROGATE:
        form_note_field(f, fault.name, "has half of a character, a single surrogate");
        break;
    case JSON_BODY_REFUSED: /* form_add() has noted why */
    case JSON_BODY_RESULT__MAX:
        break;
    }
    return false;
}

static bool
form_read_multipart(struct form *f, const struct request *r)
{
    static const char *const why[MULTIPART_RESULT__MAX] = {
        [MULTIPART_NO_DELIMITER] = "the body has no line of the boundary that Content-Type names",
        [MULTIPART_LF] = "lines of the body end in LF alone, must be CR LF",
        [MULTIPART_NO_END] = "the body has no end, --boundary--",
        [MULTIPART_NO_HEADERS] = "a part has no headers with an empty line behind them",
        [MULTIPART_NO_NAME] = "a part has no name",
    };
    struct str boundary = multipart_boundary(r->content_type), name;
    enum multipart_result result;

    if (boundary.p == NULL) {
        form_note(f, "Content-Type has no valid boundary");
        return false;
    }
    result = multipart_parse(r->body, boundary, form_add, f, &name);
    if (result == MULTIPART_ENCODED) {
        form_note_field(f, name, "has a Content-Transfer-Encoding, must be 7bit, 8bit or binary");
    } else if (why[result] != NULL) {
        form_note(f, "%s", why[result]);
    }
    return result == MULTIPART_OK;
}

/* ---- the body ---- */

/* Content-Encoding is a list, in which identity means nothing. Notes the first other one. */
static bool
form_is_encoded(struct form *f, struct str codings)
{
    static const char identity[] = "identity";

    while (codings.len > 0) {
        const char *comma = memchr(codings.p, ',', codings.len);
        size_t length = comma != NULL ? (size_t)(comma - codings.p) : codings.len;
        struct str coding = str_trim(str_make(codings.p, length));

        if (coding.len > 0 &&
            (coding.len != strlen(identity) || strncasecmp(coding.p, identity, coding.len) != 0)) {
            form_note_field(f, coding, "is not understood, only identity");
            return true;
        }
        length += comma != NULL;
        codings = str_make(codings.p + length, codings.len - length);
    }
    return false;
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
    bool ok = true;

    if (r->body_too_large) {
        return FORM_TOO_LARGE;
    }
    if (r->body.len == 0) {
        return FORM_OK;
    }
    if (form_is_encoded(f, r->content_encoding)) {
        return FORM_ENCODED;
    }
    if (form_is_type(r->content_type, "application/x-www-form-urlencoded")) {
        ok = form_read_urlencoded(f, memcpy(copy, r->body.p, r->body.len), r->body.len);
    } else if (form_is_type(r->content_type, "application/json")) {
        ok = form_read_json(f, memcpy(copy, r->body.p, r->body.len), r->body.len);
    } else if (form_is_type(r->content_type, "multipart/form-data")) {
        ok = form_read_multipart(f, r);
    } else {
        f->body_ignored = true;
    }
    return ok ? FORM_OK : FORM_MALFORMED;
}

enum form_result
form_read(struct form *f, const struct request *r)
{
    enum form_result result;
    char *query;

    f->count = 0;
    f->body_ignored = false;
    f->why[0] = '\0';
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
