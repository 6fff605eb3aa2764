/* kinds.c - what a setting's value may be. */
#include "lib/config/kinds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/address.h"
#include "lib/config/config.h"
#include "lib/config/hook_url.h"
#include "lib/config/hostport.h"
#include "lib/config/number.h"
#include "lib/config/operators.h"
#include "lib/config/origin.h"
#include "lib/jwt/jwt_key.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/str.h"

/* ---- what several kinds share ---- */

static bool
kind_is_same_bytes(const struct kind *kind, const void *a, const void *b)
{
    return memcmp(a, b, kind->size) == 0;
}

/* ---- numbers ---- */

static bool
number_kind_parse(const struct kind *kind, void *field, const char *text, struct bounds bounds)
{
    (void)kind;
    return number_parse(str_of(text), bounds.min, bounds.max, field);
}

static void
number_kind_print(const struct kind *kind, const void *field, FILE *out)
{
    (void)kind;
    fprintf(out, "%" PRId64, *(const int64_t *)field);
}

static void
number_kind_describe(const struct kind *kind, struct bounds bounds, char *out, size_t size)
{
    (void)kind;
    snprintf(out, size, "a whole number from %" PRId64 " to %" PRId64, bounds.min, bounds.max);
}

const struct kind kind_number = {
    .size = sizeof(int64_t),
    .parse = number_kind_parse,
    .print = number_kind_print,
    .describe = number_kind_describe,
    .is_same = kind_is_same_bytes,
};

/* ---- switches ---- */

static bool
switch_kind_parse(const struct kind *kind, void *field, const char *text, struct bounds bounds)
{
    (void)kind;
    (void)bounds;
    if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0) {
        return false;
    }
    *(bool *)field = *text == '1';
    return true;
}

static void
switch_kind_print(const struct kind *kind, const void *field, FILE *out)
{
    (void)kind;
    fputs(*(const bool *)field ? "1" : "0", out);
}

static void
switch_kind_describe(const struct kind *kind, struct bounds bounds, char *out, size_t size)
{
    (void)kind;
    (void)bounds;
    snprintf(out, size, "0 or 1");
}

const struct kind kind_switch = {
    .size = sizeof(bool),
    .parse = switch_kind_parse,
    .print = switch_kind_print,
    .describe = switch_kind_describe,
    .is_same = kind_is_same_bytes,
};

/* ---- texts, of any form or of a certain one ---- */

static bool
text_kind_parse(const struct kind *kind, void *field, const char *text, struct bounds bounds)
{
    char **value = field;
    int64_t length = (int64_t)strlen(text);

    if (length < bounds.min || length > bounds.max ||
        (kind->is_valid != NULL && !kind->is_valid(text))) {
        return false;
    }
    free(*value);
    *value = mem_dup(text, (size_t)length);
    return true;
}

static void
text_kind_print(const struct kind *kind, const void *field, FILE *out)
{
    (void)kind;
    fputs(*(char *const *)field, out);
}

static void
text_kind_describe(const struct kind *kind, struct bounds bounds, char *out, size_t size)
{
    if (kind->form != NULL) {
        snprintf(out, size, "%s", kind->form);
    } else {
        snprintf(out, size,
                 "a text of %" PRId64 " to %" PRId64 " bytes, without control characters",
                 bounds.min, bounds.max);
    }
}

static bool
text_kind_is_same(const struct kind *kind, const void *a, const void *b)
{
    (void)kind;
    return strcmp(*(char *const *)a, *(char *const *)b) == 0;
}

static void
text_kind_free(void *field)
{
    free(*(char **)field);
}

static bool
hostport_kind_is_valid(const char *text)
{
    char host[HOSTPORT_HOST_SIZE];
    int port;

    return hostport_split(str_of(text), host, &port);
}

static bool
hostport_or_none_kind_is_valid(const char *text)
{
    return *text == '\0' || hostport_kind_is_valid(text);
}

#define TEXT_KIND                                                                                  \
    .size = sizeof(char *), .parse = text_kind_parse, .print = text_kind_print,                    \
    .describe = text_kind_describe, .is_same = text_kind_is_same, .free = text_kind_free

const struct kind kind_text = {TEXT_KIND};
const struct kind kind_hostport = {
    TEXT_KIND,
    .is_valid = hostport_kind_is_valid,
    .form = "ADDRESS:PORT, as 127.0.0.1:9001 or [::1]:9001",
};
const struct kind kind_hostport_or_none = {
    TEXT_KIND,
    .is_valid = hostport_or_none_kind_is_valid,
    .form = "ADDRESS:PORT, as 127.0.0.1:9002, or nothing",
};
const struct kind kind_hostports = {
    TEXT_KIND,
    .is_valid = hostport_list_is_valid,
    .form = "ADDRESS:PORT words, separated by spaces",
};
const struct kind kind_networks = {
    TEXT_KIND,
    .is_valid = address_list_is_valid,
    .form = "addresses and networks, as 10.0.0.0/8, separated by spaces",
};
const struct kind kind_origins = {
    TEXT_KIND,
    .is_valid = origin_list_is_valid,
    .form = "\"*\", or origins as https://example.org or \"null\", separated by spaces",
    .explain = origin_list_explain,
};
const struct kind kind_hook_url = {
    TEXT_KIND,
    .is_valid = hook_url_is_valid,
    .form = "an address as http://127.0.0.1:8080/review, of at most 2048 bytes, or nothing",
    .explain = hook_url_explain,
};
const struct kind kind_jwt_key = {
    TEXT_KIND,
    .is_valid = jwt_key_is_valid,
    .form = "a secret of at least 32 bytes, a PEM public key, the path of either, or nothing",
    .has_lines = true,
    .explain = jwt_key_explain,
};
const struct kind kind_operators = {
    TEXT_KIND,
    .is_valid = operators_are_valid,
    .form = "NAME:TOKEN words, separated by spaces or line ends, of 16384 bytes together",
    .has_lines = true,
    .explain = operators_explain,
};

/* ---- one of several names ---- */

static bool
name_kind_parse(const struct kind *kind, void *field, const char *text, struct bounds bounds)
{
    (void)bounds;
    for (int i = 0; kind->names[i] != NULL; i++) {
        if (strcmp(text, kind->names[i]) == 0) {
            *(int *)field = i;
            return true;
        }
    }
    return false;
}

static void
name_kind_print(const struct kind *kind, const void *field, FILE *out)
{
    fputs(kind->names[*(const int *)field], out);
}

static void
name_kind_describe(const struct kind *kind, struct bounds bounds, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "one of %s", kind->names[0]);

    (void)bounds;
    for (int i = 1; kind->names[i] != NULL && used < size; i++) {
        used += (size_t)snprintf(out + used, size - used, ", %s", kind->names[i]);
    }
}

static const char *const login_method_names[] = {
    [LOGIN_OPEN] = "open",
    [LOGIN_HTPASSWD] = "htpasswd",
    [LOGIN_MODULE] = "module",
    [LOGIN_REMOTE_USER] = "remote-user",
    NULL,
};

static const char *const hook_failure_names[] = {
    [HOOK_ALLOWS] = "allow",
    [HOOK_REFUSES] = "refuse",
    NULL,
};

static const char *const filter_action_names[] = {
    [FILTER_REFUSES] = "refuse",
    [FILTER_MASKS] = "mask",
    NULL,
};

static const char *const encoding_names[] = {
    [ENCODING_PLAIN] = "plain",
    [ENCODING_JAVA] = "java",
    NULL,
};

#define NAME_KIND                                                                                  \
    .size = sizeof(int), .parse = name_kind_parse, .print = name_kind_print,                       \
    .describe = name_kind_describe, .is_same = kind_is_same_bytes

const struct kind kind_log_level = {NAME_KIND, .names = log_level_names};
const struct kind kind_login_method = {NAME_KIND, .names = login_method_names};
const struct kind kind_hook_failure = {NAME_KIND, .names = hook_failure_names};
const struct kind kind_encoding = {NAME_KIND, .names = encoding_names};
const struct kind kind_filter_action = {NAME_KIND, .names = filter_action_names};
