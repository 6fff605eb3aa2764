/* lines.c - any bytes as a file of lines. */
#include "fcgi-api/transfer/lines.h"

#include "tests/fuzz/fuzz.h"

static void
fuzz(struct str input)
{
    char path[32];
    int fd = fuzz_file(input, path);
    struct text all;
    struct lines l;
    struct str line;
    int64_t count = 0;

    text_init(&all);
    lines_init(&l, fd);
    CHECK(lines_rewind(&l));
    while (lines_next(&l, &line) == LINES_LINE) {
        CHECK(line.len == 0 || memchr(line.p, '\n', line.len) == NULL);
        CHECK(l.number == ++count);
        text_add(&all, line.p, line.len);
        text_add_str(&all, "\n");
    }
    if (input.len > 0 && input.p[input.len - 1] != '\n') { /* the last line need not have an end */
        all.len--;
    }
    CHECK(str_equal(text_str(&all), input));
    lines_fini(&l);
    text_fini(&all);
    close(fd);
}
