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

/* The code point of the two or three bytes of UTF-8 at p, and their number; 0 if it is none. All
 * that a terminal obeys has two or three. */
static unsigned
log_code_point(const unsigned char *p, size_t len, size_t *size)
{
    if (len >= 2 && (p[0] & 0xe0) == 0xc0 && (p[1] & 0xc0) == 0x80) {
        *size = 2;
        return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    }
    if (len >= 3 && (p[0] & 0xf0) == 0xe0 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
        *size = 3;
        return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    }
    return 0;
}

size_t
log_command_length(const char *bytes, size_t len)
{
    const unsigned char *p = (const unsigned char *)bytes;
    size_t size = 1;
    unsigned c = *p;

    if (c < 0x20 || c == 0x7f) {
        return 1;
    }
    c = c < 0x80 ? 0 : log_code_point(p, len, &size);
    return (c >= 0x80 && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f ||
                   (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)
               ? size
               : 0;
}

/* Copies src to out, with commands as \xNN. Returns the length, at most 4 times as much. */
static size_t
log_escape(char *out, const char *src, size_t len)
{
    size_t n = 0, commands = 0;

    for (size_t i = 0; i < len; i++) {
        if (commands == 0) {
            commands = log_command_length(src + i, len - i);
        }
        if (commands > 0) {
            n += (size_t)sprintf(out + n, "\\x%02x", (unsigned char)src[i]);
            commands--;
        } else {
            out[n++] = src[i];
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
