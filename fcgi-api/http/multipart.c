/* multipart.c - the fields of a multipart/form-data body.
 *
 *     preamble CRLF
 *     --boundary CRLF headers CRLF CRLF value CRLF
 *     --boundary CRLF headers CRLF CRLF value CRLF
 *     --boundary-- epilogue
 *
 * The CRLF before a boundary belongs to it; at the very beginning of the body it may be missing. */
#include "fcgi-api/http/multipart.h"

#include <strings.h>

enum {
    BOUNDARY_MAX = 70
};

/* ---- header values: TYPE; name=value; name="value" ---- */

static bool
header_is_word(struct str a, const char *b)
{
    return a.len == strlen(b) && strncasecmp(a.p, b, a.len) == 0;
}

/* Takes the next parameter off rest, which begins behind a `;`. A quoted value keeps its
 * backslashes.
 * Returns false if there is none, or if it is malformed. */
static bool
header_next_parameter(struct str *rest, struct str *name, struct str *value)
{
    const char *end = rest->p + rest->len, *p = rest->p, *from;

    while (p < end && *p != '=' && *p != ';') {
        p++;
    }
    if (p == end) {
        return false;
    }
    *name = str_trim(str_make(rest->p, (size_t)(p - rest->p)));
    if (*p == ';') { /* a parameter without a value, or an empty one */
        *value = str_make(NULL, 0);
        *rest = str_make(p + 1, (size_t)(end - p - 1));
        return true;
    }
    p++;
    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }
    if (p < end && *p == '"') {
        from = ++p;
        while (p < end && *p != '"') {
            p += *p == '\\' && end - p > 1 ? 2 : 1;
        }
        if (p >= end) {
            return false;
        }
        *value = str_make(from, (size_t)(p - from));
        p++;
    } else {
        from = p;
        while (p < end && *p != ';') {
            p++;
        }
        *value = str_trim(str_make(from, (size_t)(p - from)));
    }
    while (p < end && *p != ';') {
        p++;
    }
    *rest = p < end ? str_make(p + 1, (size_t)(end - p - 1)) : str_make(end, 0);
    return true;
}

/* A parameter of a header value. p is NULL if the header has none of that name. */
static struct str
header_parameter(struct str header, const char *wanted)
{
    const char *semicolon = header.len > 0 ? memchr(header.p, ';', header.len) : NULL;
    struct str rest, name, value;

    if (semicolon == NULL) {
        return str_make(NULL, 0);
    }
    rest = str_make(semicolon + 1, header.len - (size_t)(semicolon + 1 - header.p));
    while (header_next_parameter(&rest, &name, &value)) {
        if (header_is_word(name, wanted)) {
            return value;
        }
    }
    return str_make(NULL, 0);
}

struct str
multipart_boundary(struct str content_type)
{
    struct str boundary = header_parameter(content_type, "boundary");

    if (boundary.p == NULL || boundary.len == 0 || boundary.len > BOUNDARY_MAX ||
        memchr(boundary.p, '\\', boundary.len) != NULL || boundary.p[boundary.len - 1] == ' ') {
        return str_make(NULL, 0);
    }
    return boundary;
}

/* ---- the body ---- */

struct cursor {
    const char *p;
    const char *end;
    struct str boundary;
};

static bool
part_starts_with(const char *p, const char *end, struct str s)
{
    return (size_t)(end - p) >= s.len && memcmp(p, s.p, s.len) == 0;
}

/* Is `--boundary` at p, followed by `--` or by blanks and a line end? */
static bool
part_at_delimiter(const struct cursor *c, const char *p, const char **behind, bool *last)
{
    if (!part_starts_with(p, c->end, str_of("--")) ||
        !part_starts_with(p + 2, c->end, c->boundary)) {
        return false;
    }
    p += 2 + c->boundary.len;
    *last = part_starts_with(p, c->end, str_of("--"));
    if (*last) {
        *behind = p + 2;
        return true;
    }
    while (p < c->end && (*p == ' ' || *p == '\t')) {
        p++;
    }
    if (!part_starts_with(p, c->end, str_of("\r\n"))) {
        return false;
    }
    *behind = p + 2;
    return true;
}

/* Moves behind the next delimiter. *before is what stands before it, without its line end. Returns
 * false if there is none. */
static bool
part_next_delimiter(struct cursor *c, struct str *before, bool at_begin, bool *last)
{
    const char *from = c->p, *p = c->p, *behind;

    if (at_begin && part_at_delimiter(c, p, &behind, last)) {
        *before = str_make(from, 0);
        c->p = behind;
        return true;
    }
    while ((p = memchr(p, '\r', (size_t)(c->end - p))) != NULL) {
        if (part_starts_with(p, c->end, str_of("\r\n")) &&
            part_at_delimiter(c, p + 2, &behind, last)) {
            *before = str_make(from, (size_t)(p - from));
            c->p = behind;
            return true;
        }
        p++;
    }
    return false;
}

/* Is there a line of the boundary at p that begins or ends in LF alone? */
static bool
part_at_lf_delimiter(struct str body, struct str boundary, const char *p)
{
    const char *end = body.p + body.len, *behind = p + 2 + boundary.len;

    if (!part_starts_with(p, end, str_of("--")) || !part_starts_with(p + 2, end, boundary)) {
        return false;
    }
    return (p > body.p && (p == body.p + 1 || p[-2] != '\r')) ||
           part_starts_with(behind, end, str_of("\n")) ||
           part_starts_with(behind, end, str_of("--\n"));
}

/* Some clients end lines in LF alone: is that why no delimiter was found? */
static enum multipart_result
part_no_delimiter(struct str body, struct str boundary, enum multipart_result otherwise)
{
    const char *p = body.p, *end = body.p + body.len;

    while (!part_at_lf_delimiter(body, boundary, p)) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (p == NULL) {
            return otherwise;
        }
        p++;
    }
    return MULTIPART_LF;
}

/* Takes a line off rest. Returns false if there is no line end. */
static bool
part_next_line(struct str *rest, struct str *line)
{
    const char *end = rest->len > 0 ? memmem(rest->p, rest->len, "\r\n", 2) : NULL;

    if (end == NULL) {
        return false;
    }
    *line = str_make(rest->p, (size_t)(end - rest->p));
    *rest = str_make(end + 2, rest->len - line->len - 2);
    return true;
}

struct part {
    struct str name;
    bool is_encoded;
};

/* Reads a header, NAME: VALUE. Returns false if it is none. */
static bool
part_read_header(struct part *part, struct str line)
{
    const char *colon = memchr(line.p, ':', line.len);
    struct str header, value;

    if (colon == NULL) {
        return false;
    }
    header = str_trim(str_make(line.p, (size_t)(colon - line.p)));
    value = str_make(colon + 1, line.len - (size_t)(colon + 1 - line.p));
    if (header_is_word(header, "Content-Disposition")) {
        part->name = header_parameter(value, "name");
    } else if (header_is_word(header, "Content-Transfer-Encoding")) {
        value = str_trim(value);
        part->is_encoded = !header_is_word(value, "7bit") && !header_is_word(value, "8bit") &&
                           !header_is_word(value, "binary");
    }
    return true;
}

/* Passes on a part: headers, an empty line, the value. */
static enum multipart_result
part_take(struct str rest, multipart_fn *fn, void *arg, struct str *name)
{
    struct part part = {.is_encoded = false};
    struct str line = {NULL, 0};
    bool has_line;

    while ((has_line = part_next_line(&rest, &line)) && line.len > 0) {
        if (memchr(line.p, '\n', line.len) != NULL) {
            return MULTIPART_LF;
        }
        if (!part_read_header(&part, line)) {
            return MULTIPART_NO_HEADERS;
        }
    }
    *name = part.name;
    if (!has_line) {
        return rest.len > 0 && memchr(rest.p, '\n', rest.len) != NULL ? MULTIPART_LF
                                                                      : MULTIPART_NO_HEADERS;
    }
    if (part.name.p == NULL) {
        return MULTIPART_NO_NAME;
    }
    if (part.is_encoded) {
        return MULTIPART_ENCODED;
    }
    return fn(arg, part.name, rest) ? MULTIPART_OK : MULTIPART_REFUSED;
}

enum multipart_result
multipart_parse(struct str body, struct str boundary, multipart_fn *fn, void *arg, struct str *name)
{
    struct cursor c = {body.p, body.p, boundary};
    struct str part;
    bool last = false;
    enum multipart_result result = MULTIPART_OK;

    *name = str_make(NULL, 0);
    if (body.len == 0) {
        return MULTIPART_NO_DELIMITER;
    }
    c.end += body.len;
    if (!part_next_delimiter(&c, &part, true, &last) || (last && part.len > 0)) {
        /* a form without fields is just its closing boundary */
        return part_no_delimiter(body, boundary, MULTIPART_NO_DELIMITER);
    }
    while (!last && result == MULTIPART_OK) {
        if (!part_next_delimiter(&c, &part, false, &last)) {
            return part_no_delimiter(body, boundary, MULTIPART_NO_END);
        }
        *name = str_make(NULL, 0);
        result = part_take(part, fn, arg, name);
    }
    return result;
}
