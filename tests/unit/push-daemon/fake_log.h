/* fake_log.h - lib/log.h into memory, where the test reads it.
 *
 * Include it: the real one is left out. */
#ifndef TESTS_UNIT_PUSHD_FAKE_LOG_H
#define TESTS_UNIT_PUSHD_FAKE_LOG_H

#include <stdio.h>

#include "lib/log.h"
#include "tests/unit/unit.h"

static char fake_log_text[65536]; /* lines, as "warn append-refused so-far=1"; no more than fit */

static inline void
fake_log_clear(void)
{
    fake_log_text[0] = '\0';
}

/* How often the text stands in the log. */
static inline int
fake_log_count(const char *text)
{
    int count = 0;

    for (const char *at = fake_log_text; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    return count;
}

/* ---- lib/log.h ---- */

const char *const log_level_names[LOG_LEVEL__MAX + 1] = {"error", "warn", "info", "debug", NULL};

void
log_set_level(enum log_level level)
{
    (void)level;
}

bool
log_wants(enum log_level level)
{
    (void)level;
    return true;
}

void
log_line(enum log_level level, const char *format, ...)
{
    char line[1000];
    size_t used = strlen(fake_log_text);
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    snprintf(fake_log_text + used, sizeof(fake_log_text) - used, "%s %s\n", log_level_names[level],
             line);
}

struct log_quoted
log_quote(struct str s)
{
    struct log_quoted quoted;

    snprintf(quoted.text, sizeof(quoted.text), "\"%.*s\"", (int)s.len, s.len > 0 ? s.p : "");
    return quoted;
}

#endif
