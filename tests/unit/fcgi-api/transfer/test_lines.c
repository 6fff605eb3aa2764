/* test_lines.c - lines of a file or a pipe. */
#include "fcgi-api/transfer/lines.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static int
file_of(struct str bytes)
{
    int fd = memfd_create("lines", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.p, bytes.len), bytes.len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void
expect_line(struct lines *l, struct str wanted)
{
    struct str line;

    assert_int_equal(lines_next(l, &line), LINES_LINE);
    assert_bytes(line, wanted);
}

static void
lines_come_without_their_ends(void **state)
{
    int fd = file_of(BYTES("one\n\ntwo\0x\r\nlast"));
    struct lines l;
    struct str line;

    (void)state;
    lines_init(&l, fd);
    for (int round = 0; round < 2; round++) {
        expect_line(&l, BYTES("one"));
        expect_line(&l, BYTES(""));
        expect_line(&l, BYTES("two\0x\r"));
        assert_int_equal(l.number, 3);
        expect_line(&l, BYTES("last"));
        assert_int_equal(lines_next(&l, &line), LINES_END);
        assert_true(lines_rewind(&l));
    }
    lines_fini(&l);
    close(fd);
}

static void
line_may_be_as_long_as_the_bound_and_no_longer(void **state)
{
    size_t length = LINES_MAX_BYTES + 1;
    char *bytes = malloc(length + 1);
    struct lines l;
    struct str line;
    int fd;

    (void)state;
    memset(bytes, 'x', length + 1);
    bytes[LINES_MAX_BYTES] = '\n';
    fd = file_of(str_make(bytes, length));
    lines_init(&l, fd);
    assert_int_equal(lines_next(&l, &line), LINES_LINE);
    assert_int_equal(line.len, LINES_MAX_BYTES);
    assert_int_equal(lines_next(&l, &line), LINES_END);
    lines_fini(&l);
    close(fd);
    bytes[LINES_MAX_BYTES] = 'x';
    fd = file_of(str_make(bytes, length));
    lines_init(&l, fd);
    assert_int_equal(lines_next(&l, &line), LINES_TOO_LONG);
    lines_fini(&l);
    close(fd);
    free(bytes);
}

static void *
write_by_bytes(void *arg)
{
    static const char text[] = "first\nsecond\n";
    int fd = *(int *)arg;

    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        (void)!write(fd, text + i, 1);
    }
    close(fd);
    return NULL;
}

static void
pipe_is_read_as_it_comes_and_cannot_begin_anew(void **state)
{
    pthread_t thread;
    struct lines l;
    struct str line;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pthread_create(&thread, NULL, write_by_bytes, &ends[1]), 0);
    lines_init(&l, ends[0]);
    assert_false(lines_rewind(&l));
    expect_line(&l, BYTES("first"));
    expect_line(&l, BYTES("second"));
    assert_int_equal(lines_next(&l, &line), LINES_END);
    pthread_join(thread, NULL);
    lines_fini(&l);
    close(ends[0]);
}

static void
what_cannot_be_read_is_told(void **state)
{
    int fd = open("/", O_RDONLY | O_DIRECTORY);
    struct lines l;
    struct str line;

    (void)state;
    lines_init(&l, fd);
    assert_int_equal(lines_next(&l, &line), LINES_BROKEN);
    lines_fini(&l);
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_without_their_ends),
        cmocka_unit_test(line_may_be_as_long_as_the_bound_and_no_longer),
        cmocka_unit_test(pipe_is_read_as_it_comes_and_cannot_begin_anew),
        cmocka_unit_test(what_cannot_be_read_is_told),
    };

    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
