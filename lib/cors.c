/* cors.c - which pages of other sites may read our answers. */
#include "lib/cors.h"

#include <stdbool.h>
#include <strings.h>

#include "lib/wordlist.h"

enum {
    ASKED_MAX_BYTES =
        1024 /* of header names that a preflight gets back; those beyond are left out */
};

/* ---- the headers that a page may send ---- */

/* A header's name (RFC 9110, section 5.6.2). */
static bool
cors_is_token(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL))) {
            return false;
        }
    }
    return s.len > 0;
}

static bool
cors_is_one_of(struct str name, const char *const names[])
{
    for (size_t i = 0; names[i] != NULL; i++) {
        if (name.len == strlen(names[i]) && strncasecmp(name.p, names[i], name.len) == 0) {
            return true;
        }
    }
    return false;
}

/* `*` would allow every header, adminToken as well. */
static bool
cors_may_be_sent(struct str name)
{
    static const char *const already[] = {"userId", "token", "content-type", NULL};
    static const char *const never[] = {"adminToken", "*", NULL};

    return cors_is_token(name) && !cors_is_one_of(name, already) && !cors_is_one_of(name, never);
}

/* Takes the next name off the list, which is separated by commas. */
static struct str
cors_next_name(struct str *list)
{
    const char *comma = memchr(list->p, ',', list->len);
    size_t length = comma != NULL ? (size_t)(comma - list->p) : list->len;
    struct str name = str_trim(str_make(list->p, length));

    length += comma != NULL;
    *list = str_make(list->p + length, list->len - length);
    return name;
}

static void
cors_add_line(struct text *headers, const char *name, struct str value)
{
    text_add_str(headers, name);
    text_add_str(headers, ": ");
    text_add(headers, value.p, value.len);
    text_add_str(headers, "\r\n");
}

static void
cors_add_headers(struct text *headers, struct str asked)
{
    struct text names;

    text_init(&names);
    text_add_str(&names, "userId, token, content-type");
    while (asked.len > 0) {
        struct str name = cors_next_name(&asked);

        if (cors_may_be_sent(name) && names.len + 2 + name.len <= ASKED_MAX_BYTES) {
            text_add_str(&names, ", ");
            text_add(&names, name.p, name.len);
        }
    }
    cors_add_line(headers, "Access-Control-Allow-Headers", text_str(&names));
    text_fini(&names);
}

/* ---- the answer ---- */

/* Returns false if a page of that origin may not call. */
static bool
cors_add_origin(struct text *headers, const char *origins, struct str origin)
{
    bool any = strcmp(origins, "*") == 0;

    if (!any && !wordlist_has(origins, origin)) {
        return false;
    }
    cors_add_line(headers, "Access-Control-Allow-Origin", any ? str_of("*") : origin);
    return true;
}

void
cors_add(struct text *headers, const char *origins, struct str origin)
{
    if (strcmp(origins, "*") != 0) {
        cors_add_line(headers, "Vary", str_of("Origin"));
    }
    (void)cors_add_origin(headers, origins, origin);
}

void
cors_add_preflight(struct text *headers, const char *origins, struct str origin,
                   const char *methods, struct str asked)
{
    /* One line: some web servers keep only one of several. */
    cors_add_line(headers, "Vary",
                  str_of(strcmp(origins, "*") != 0 ? "Origin, Access-Control-Request-Headers"
                                                   : "Access-Control-Request-Headers"));
    if (cors_add_origin(headers, origins, origin)) {
        cors_add_line(headers, "Access-Control-Allow-Methods", str_of(methods));
        cors_add_headers(headers, asked);
        cors_add_line(headers, "Access-Control-Max-Age", str_of("86400"));
    }
}
