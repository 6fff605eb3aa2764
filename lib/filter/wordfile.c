/* wordfile.c - a file of words. */
#include "lib/filter/wordfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/filter/automaton.h"
#include "lib/filter/wordset.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"

enum {
    STEP_LINES = 1000
};

struct wordfile {
    char *path;
    struct text bytes;
    size_t at; /* offset of the next line */
    size_t line;
    struct wordset *words;
};

/* ---- reading ---- */

/* Returns NULL, or why it cannot be read. */
static const char *
wordfile_read_open(struct text *out, int fd)
{
    struct stat file;
    ssize_t n = 1;

    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
        return "it is no file";
    }
    if (file.st_size > WORDFILE_MAX_BYTES) {
        return "it has more than 8 MiB";
    }
    text_reserve(out, WORDFILE_MAX_BYTES + 1);
    while (n > 0 && out->len <= WORDFILE_MAX_BYTES) {
        n = read(fd, out->bytes + out->len, WORDFILE_MAX_BYTES + 1 - out->len);
        out->len += n > 0 ? (size_t)n : 0;
    }
    if (n < 0) {
        return strerror(errno);
    }
    return out->len <= WORDFILE_MAX_BYTES ? NULL : "it has more than 8 MiB";
}

static const char *
wordfile_read(struct text *out, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold us up */
    const char *wrong;

    if (fd < 0) {
        return strerror(errno);
    }
    wrong = wordfile_read_open(out, fd);
    close(fd);
    return wrong;
}

struct wordfile *
wordfile_open(const char *path, char why[WORDFILE_WHY_SIZE])
{
    struct wordfile *f = mem_zalloc(sizeof(*f));
    const char *wrong;

    f->path = mem_dup(path, strlen(path));
    f->words = wordset_create();
    wrong = wordfile_read(&f->bytes, path);
    if (wrong != NULL) {
        snprintf(why, WORDFILE_WHY_SIZE, "%s: cannot be used (%s)", path, wrong);
        wordfile_close(f);
        return NULL;
    }
    if (f->bytes.len >= 3 && memcmp(f->bytes.bytes, "\xEF\xBB\xBF", 3) == 0) {
        f->at = 3; /* a byte order mark, as some editors write it */
    }
    return f;
}

void
wordfile_close(struct wordfile *f)
{
    if (f != NULL) {
        wordset_destroy(f->words);
        text_fini(&f->bytes);
        free(f->path);
        free(f);
    }
}

/* ---- lines ---- */

static struct str
wordfile_next_line(struct wordfile *f)
{
    const char *from = f->bytes.bytes + f->at;
    size_t left = f->bytes.len - f->at;
    const char *end = memchr(from, '\n', left);
    size_t length = end != NULL ? (size_t)(end - from) : left;

    f->at += length + (end != NULL);
    f->line++;
    length -= length > 0 && from[length - 1] == '\r';
    return str_trim(str_make(from, length));
}

enum wordfile_state
wordfile_step(struct wordfile *f, char why[WORDFILE_WHY_SIZE])
{
    if (f->at == f->bytes.len) {
        return wordset_build(f->words) ? WORDFILE_DONE : WORDFILE_MORE;
    }
    for (int i = 0; i < STEP_LINES && f->at < f->bytes.len; i++) {
        struct str word = wordfile_next_line(f);
        enum word_fault fault = word.len > 0 ? wordset_add(f->words, word) : WORD_TAKEN;

        if (fault != WORD_TAKEN) {
            snprintf(why, WORDFILE_WHY_SIZE, "%s:%zu: %s", f->path, f->line,
                     word_fault_text(fault));
            return WORDFILE_WRONG;
        }
    }
    return WORDFILE_MORE;
}

struct automaton *
wordfile_take(struct wordfile *f)
{
    return wordset_take(f->words);
}

bool
wordfile_load(const char *path, struct automaton **list)
{
    enum wordfile_state state = WORDFILE_MORE;
    char why[WORDFILE_WHY_SIZE];
    struct wordfile *f;

    *list = NULL;
    if (*path == '\0') {
        return true;
    }
    f = wordfile_open(path, why);
    while (f != NULL && state == WORDFILE_MORE) {
        state = wordfile_step(f, why);
    }
    if (state == WORDFILE_DONE) {
        *list = wordfile_take(f);
    } else {
        log_error("im.filter.file reason=%s", log_quote(str_of(why)).text);
    }
    wordfile_close(f);
    return state == WORDFILE_DONE;
}

bool
wordfile_check(const char *path)
{
    struct automaton *list;
    bool ok = wordfile_load(path, &list);

    automaton_destroy(list);
    return ok;
}
