/* placeholder.c - ${NAME} and ${NAME:default} in a value. */
#include "lib/config/placeholder.h"

#include <ctype.h>
#include <stdlib.h>

enum {
    DEPTH_MAX = 8, /* of defaults in defaults */
    NAME_MAX_BYTES = 200
};

static bool
placeholder_is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.p[i];

        if (c >= 0x80 || !(isalnum(c) || strchr("._-", c) != NULL)) {
            return false;
        }
    }
    return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

/* NULL: there is no such variable. */
static const char *
placeholder_look_up(struct str name)
{
    char exact[NAME_MAX_BYTES + 1], upper[NAME_MAX_BYTES + 1], *end = upper;
    const char *found;

    memcpy(exact, name.p, name.len);
    exact[name.len] = '\0';
    found = getenv(exact);
    if (found != NULL) {
        return found;
    }
    for (const char *c = exact; *c != '\0'; c++) { /* Spring drops the dashes */
        if (*c != '-') {
            *end++ = *c == '.' ? '_' : (char)toupper((unsigned char)*c);
        }
    }
    *end = '\0';
    return getenv(upper);
}

/* The length of what stands between ${, which is before from, and its }. SIZE_MAX: it has none. */
static size_t
placeholder_length(struct str from)
{
    size_t open = 1;

    for (size_t i = 0; i < from.len; i++) {
        if (from.p[i] == '{' && i > 0 && from.p[i - 1] == '$') {
            open++;
        } else if (from.p[i] == '}' && --open == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool placeholder_add(struct text *out, struct str value, int depth);

/* Adds what stands for the inner text of a placeholder. *is_one: it is a placeholder. */
static bool
placeholder_add_one(struct text *out, struct str inner, int depth, bool *is_one)
{
    const char *colon = inner.len > 0 ? memchr(inner.p, ':', inner.len) : NULL;
    struct str name = str_make(inner.p, colon != NULL ? (size_t)(colon - inner.p) : inner.len);
    const char *found;

    *is_one = placeholder_is_name(name) && depth < DEPTH_MAX;
    if (!*is_one) {
        return true;
    }
    found = placeholder_look_up(name);
    if (found != NULL) {
        text_add_str(out, found);
        return true;
    }
    if (colon == NULL) {
        text_add(out, name.p, name.len);
        return false;
    }
    return placeholder_add(out, str_make(colon + 1, inner.len - name.len - 1), depth + 1);
}

static bool
placeholder_add(struct text *out, struct str value, int depth)
{
    size_t i = 0;

    while (i < value.len) {
        struct str rest = str_make(value.p + i, value.len - i);
        bool is_one = false;

        if (rest.len > 2 && memcmp(rest.p, "${", 2) == 0) {
            struct str inner = str_make(rest.p + 2, rest.len - 2);
            size_t length = placeholder_length(inner);

            if (length != SIZE_MAX) {
                inner.len = length;
                if (!placeholder_add_one(out, inner, depth, &is_one)) {
                    return false;
                }
                i += is_one ? length + 3 : 0;
            }
        }
        if (!is_one) {
            text_add(out, rest.p, 1);
            i++;
        }
    }
    return true;
}

bool
placeholder_expand(struct text *out, struct str value)
{
    return placeholder_add(out, value, 0);
}
