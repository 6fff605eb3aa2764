/* log.h - one event a line on stderr: the level, the event, then key=value pairs. */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/str.h"

enum log_level {
    LOG_ERROR,
    LOG_WARN,
    LOG_INFO,
    LOG_DEBUG,
    LOG_LEVEL__MAX
};

extern const char *const log_level_names[LOG_LEVEL__MAX + 1]; /* ends in NULL */

void log_set_level(enum log_level level);
bool log_wants(enum log_level level);

/* Writes the line in one write(). Escapes what a terminal obeys, so that no peer can
 * forge a line or hide one. Cuts a
 * line at 2,000 bytes. Keeps errno.
 * Never pass a token, a password or the text of a message. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)                                                                             \
    do {                                                                                           \
        if (log_wants(LOG_DEBUG)) {                                                                \
            log_line(LOG_DEBUG, __VA_ARGS__);                                                      \
        }                                                                                          \
    } while (0)

/* A peer's bytes as the value of a key: in quotes, with quotes and backslashes escaped, cut to fit.
 * Use it so: log_info("x group=%s", log_quote(group).text). */
struct log_quoted {
    char text[300];
};
struct log_quoted log_quote(struct str s);

/* How many of the len bytes at p, at least one, a terminal or a viewer would obey instead of
 * showing them: C0 and C1 controls (U+009B begins an escape sequence), line separators, marks that
 * change the direction of text. 0: it shows them. */
size_t log_command_length(const char *p, size_t len);

#endif
