/* log.c - one event a line on stderr. */
#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

const char *const log_level_names[LOG_LEVEL__MAX + 1] = {"error", "warn", "info", "debug", NULL};

static enum log_level wanted = LOG_INFO;

void
log_set_level(enum log_level level)
{
    wanted = level;
}

bool
log_wants(enum log_level level)
{
    return level <= wanted;
}

/* Copies src to out, with control bytes as \xNN. Returns the length, at most 4 times as much. */
static size_t
log_escape(char *out, const char *src, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)src[i];

        if (c < 0x20 || c == 0x7f) {
            n += (size_t)sprintf(out + n, "\\x%02x", c);
        } else {
            out[n++] = (char)c;
        }
    }
    return n;
}

void
log_line(enum log_level level, const char *format, ...)
{
    char plain[2000], line[4 * sizeof(plain) + 16];
    int saved = errno;
    va_list args;
    ssize_t ignored;
    int len;
    size_t n;

    if (!log_wants(level)) {
        return;
    }
    va_start(args, format);
    len = vsnprintf(plain, sizeof(plain), format, args);
    va_end(args);
    if (len < 0) {
        return;
    }
    n = (size_t)snprintf(line, sizeof(line), "%s ", log_level_names[level]);
    n += log_escape(line + n, plain, (size_t)len < sizeof(plain) ? (size_t)len : sizeof(plain) - 1);
    line[n++] = '\n';
    ignored = write(STDERR_FILENO, line, n);
    (void)ignored;
    errno = saved;
}

struct log_quoted
log_quote(struct str s)
{
    struct log_quoted q;
    size_t n = 0;

    q.text[n++] = '"';
    for (size_t i = 0; i < s.len && n < sizeof(q.text) - 8; i++) {
        if (s.p[i] == '\0') { /* it would end the string; log_line() escapes the others */
            memcpy(q.text + n, "\\x00", 4);
            n += 4;
            continue;
        }
        if (s.p[i] == '"' || s.p[i] == '\\') {
            q.text[n++] = '\\';
        }
        q.text[n++] = s.p[i];
    }
    q.text[n++] = '"';
    q.text[n] = '\0';
    return q;
}
